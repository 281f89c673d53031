// The model that a call names.
import { basename } from 'node:path';
import type { ModelRef } from '../../../contract/api/common.ts';
import { printableName } from '../../../contract/printable.ts';
import { nameOfFile } from '../../models/model-name.ts';
import type { Services } from './services.ts';

/** @throws WinnowError as `Library.path` and `Grants.path` */
export function modelOf(
  { library, grants }: Services,
  model: ModelRef,
): { readonly path: string; readonly name: string } {
  if (model.kind === 'library') return { path: library.path(model.modelId), name: library.entry(model.modelId).name };
  const path = grants.path(model.grant, 'read');
  return { path, name: nameOfFile(path) ?? printableName(basename(path)) };
}

// Resolves the model that a call names, and the files that it names besides.
import { basename } from 'node:path';
import type { DemoFiles, ModelRef } from '../../../contract/api/common.ts';
import type { DemoSource } from '../../../contract/requests.ts';
import { printableName } from '../../../contract/printable.ts';
import { nameOfFile } from '../../models/model-name.ts';
import type { Services } from './services.ts';

/** The model that a call names. @throws WinnowError as `Library.path` and `Grants.path` */
export function modelOf(
  { library, grants }: Services,
  model: ModelRef,
): { readonly path: string; readonly name: string } {
  if (model.kind === 'library') return { path: library.path(model.modelId), name: library.entry(model.modelId).name };
  const path = grants.path(model.grant, 'read');
  return { path, name: nameOfFile(path) ?? printableName(basename(path)) };
}

type FilesOfDemos = Extract<DemoSource, { kind: 'files' }>;

/** The demo files that a call names. @throws WinnowError as `Grants.path` */
export function demoFilesOf({ grants }: Services, { grants: ids, ...demos }: DemoFiles): FilesOfDemos {
  return { ...demos, files: ids.map((id) => grants.path(id, 'read')) };
}

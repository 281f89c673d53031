// Resolves the model that a call names, and the files that it names besides.
import { basename } from 'node:path';
import type { ChoiceFile, DemoFiles, ModelRef } from '../../../contract/api/common.ts';
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

/** The file of a choice, and the model that it applies to. @throws WinnowError as `modelOf` */
export function choiceFileOf(
  services: Services,
  choice: ChoiceFile,
): { readonly model: string; readonly name: string; readonly mask?: string; readonly recipe?: string } {
  const { path: model, name } = modelOf(services, choice.model);
  const read = (grant: string): string => services.grants.path(grant, 'read');
  return choice.kind === 'mask'
    ? { model, name, mask: read(choice.mask) }
    : { model, name, recipe: read(choice.recipe) };
}

type FilesOfDemos = Extract<DemoSource, { kind: 'files' }>;

/** The demo files that a call names. @throws WinnowError as `Grants.path` */
export function demoFilesOf({ grants }: Services, { grants: ids, ...demos }: DemoFiles): FilesOfDemos {
  return { ...demos, files: ids.map((id) => grants.path(id, 'read')) };
}

// Resolves the models, choices and files that calls name.
import { basename } from 'node:path';
import type { DemoFiles, ModelRef, Subject } from '../../../contract/api/common.ts';
import type { DemoSource } from '../../../contract/requests.ts';
import { printableName } from '../../../contract/printable.ts';
import { nameOfFile } from '../../models/model-files.ts';
import type { Services } from './services.ts';
import type { ReportChoice } from '../../report/subject.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { fileState, type FileInState } from '../../base/files/file-state.ts';
import { toDisplayPath } from '../../base/files/paths.ts';
import { exists } from '../../base/files/user-files.ts';
import type { Store } from '../../store/database.ts';
import { getExport, listExports, noteInPlan, type StoredExport } from '../../store/exports.ts';
import { hashOfFile } from '../../models/identity.ts';

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

/** The choice or file. @throws WinnowError as `writtenFile` and `Grants.path` */
export async function reportChoice({ context, grants }: Services, subject: Subject): Promise<ReportChoice> {
  switch (subject.kind) {
    case 'export':
      return { kind: 'file', path: (await writtenFile(context.store, subject.exportId)).outputPath };
    case 'file':
      return { kind: 'file', path: grants.path(subject.grant, 'read') };
    default:
      return subject;
  }
}

/** The export of a written file. @throws WinnowError FILE_NOT_FOUND: the file is gone */
export async function writtenFile(store: Store, exportId: number): Promise<StoredExport> {
  const row = getExport(store, exportId);
  // an unfinished export may have left the file that it was meant to replace
  if (row?.state === 'done' && (await exists(row.outputPath))) return row;
  const file = row ? toDisplayPath(row.outputPath) : 'The file';
  throw new WinnowError('FILE_NOT_FOUND', msg('writtenFileGone', { file }), { exportId });
}

/**
 * Tokens of context that a file was made for, also by another of its names, as in a folder to publish; null: it is not known, or the
 * file is no longer the one that was written.
 */
export async function contextMadeFor(store: Store, path: string): Promise<number | null> {
  const state = await fileState(path);
  const isIt = (then = ''): boolean => state !== null && stateBytes(then) === stateBytes(state);
  const made = listExports(store).find(({ plan }) => plan.madeFor && isIt(plan.state));
  return made?.plan.madeFor?.ctx ?? null;
}

/** A file's state without the time of the last status change: a further name changes that one. */
function stateBytes(state: string): string {
  return state.slice(0, state.lastIndexOf(':'));
}

/**
 * The unchanged file of an export. If it was touched since it was written, it is read again.
 * @throws WinnowError FILE_NOT_FOUND: it is gone, or a link; MODEL_CHANGED: it is not what was written; FILE_UNREADABLE; the signal's reason
 */
export async function unchangedFile(
  store: Store,
  { id, outputPath: path, sha256, plan }: StoredExport,
  signal?: AbortSignal,
): Promise<FileInState> {
  const state = await fileState(path);
  const file = toDisplayPath(path);
  if (state === null) throw new WinnowError('FILE_NOT_FOUND', msg('writtenFileGone', { file }));
  if (state === plan.state) return { path, state };
  if ((await hashOfFile(path, { signal })) !== sha256 || (await fileState(path)) !== state)
    throw new WinnowError('MODEL_CHANGED', msg('writtenChanged', { file }), { path });
  noteInPlan(store, id, 'state', state);
  return { path, state };
}

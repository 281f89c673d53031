// Finds the file of an export that the page names.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { fileState } from '../../base/files/file-state.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { exists } from '../../base/files/user-files.ts';
import type { Store } from '../../store/database.ts';
import { getExport, listExports, type StoredExport } from '../../store/exports.ts';

/** The export of a written file. @throws WinnowError FILE_NOT_FOUND: the file is gone */
export async function writtenFile(store: Store, exportId: number): Promise<StoredExport> {
  const row = getExport(store, exportId);
  // an unfinished export may have left the file that it was meant to replace
  if (row?.state === 'done' && (await exists(row.outputPath))) return row;
  const file = row ? displayPathOf(row.outputPath) : 'The file';
  throw new WinnowError('FILE_NOT_FOUND', say('writtenFileGone', { file }), { exportId });
}

/**
 * Tokens of context that a file was made for, also by another of its names, as in a folder to publish; null: it is not known, or the
 * file is no longer the one that was written.
 */
export async function contextMadeFor(store: Store, path: string): Promise<number | null> {
  const state = await fileState(path);
  const isIt = (then: string | null): boolean => state !== null && then !== null && bytesOf(then) === bytesOf(state);
  const made = listExports(store).find(({ plan }) => plan.madeFor && plan.written?.some((file) => isIt(file.state)));
  return made?.plan.madeFor?.ctx ?? null;
}

/** A file's state without the time of the last status change: a further name changes that one. */
function bytesOf(state: string): string {
  return state.slice(0, state.lastIndexOf(':'));
}

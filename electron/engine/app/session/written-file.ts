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

/** Tokens of context that a file was made for; null: it is not known, or the file is no longer the one that was written. */
export async function contextMadeFor(store: Store, path: string): Promise<number | null> {
  for (const { plan } of listExports(store)) {
    const note = plan.madeFor && plan.written?.find((written) => written.path === path);
    if (note && note.state !== null && note.state === (await fileState(path))) return plan.madeFor!.ctx;
  }
  return null;
}

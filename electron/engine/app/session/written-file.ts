// Finds the file of an export that the page names.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { exists } from '../../base/files/user-files.ts';
import type { Store } from '../../store/database.ts';
import { getExport, type StoredExport } from '../../store/exports.ts';

/** The export of a written file. @throws WinnowError FILE_NOT_FOUND: the file is gone */
export async function writtenFile(store: Store, exportId: number): Promise<StoredExport> {
  const row = getExport(store, exportId);
  // an unfinished export may have left the file that it was meant to replace
  if (row?.state === 'done' && (await exists(row.outputPath))) return row;
  const file = row ? displayPathOf(row.outputPath) : 'The file';
  throw new WinnowError('FILE_NOT_FOUND', say('writtenFileGone', { file }), { exportId });
}

// Offers the files of an export to a page on another computer, but only if they are as they were written.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { fileState, type FileInState } from '../../base/files/file-state.ts';
import { hashOfFile } from '../../models/identity.ts';
import { partPaths } from '../../models/model-files.ts';
import type { Store } from '../../store/database.ts';
import { noteWritten, type StoredExport } from '../../store/exports.ts';

/**
 * The unchanged files of an export. Files that were touched since they were written are read again.
 * @throws WinnowError FILE_NOT_FOUND: one is gone, or a link; MODEL_CHANGED: one is not what was written; FILE_UNREADABLE; the signal's reason
 */
export async function unchangedFiles(
  store: Store,
  { id, outputPath, sha256, plan }: Pick<StoredExport, 'id' | 'outputPath' | 'sha256' | 'plan'>,
  signal?: AbortSignal,
): Promise<FileInState[]> {
  const found: (FileInState & { readonly sha256: string })[] = [];
  for (const [i, path] of partPaths(outputPath).entries()) {
    const note = plan.written?.find((written) => written.path === path);
    const hash = note?.sha256 ?? (i === 0 ? sha256 : null);
    if (hash === null) throw refused('writtenUnknown', path);
    const state = await fileState(path);
    if (state === null) throw new WinnowError('FILE_NOT_FOUND', say('writtenFileGone', { file: displayPathOf(path) }));
    if (state !== note?.state && ((await hashOfFile(path, { signal })) !== hash || (await fileState(path)) !== state))
      throw refused('writtenChanged', path);
    found.push({ path, sha256: hash, state });
  }
  if (JSON.stringify(found) !== JSON.stringify(plan.written)) noteWritten(store, id, found);
  return found;
}

function refused(code: 'writtenUnknown' | 'writtenChanged', path: string): WinnowError {
  return new WinnowError('MODEL_CHANGED', say(code, { file: displayPathOf(path) }), { path });
}

// Folders that are made on the way, and go again with what was put into them.
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from '../files/user-files.ts';

/**
 * @returns removes those of the folders that were made for it, as far as they are empty by then
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function makeFolder(folder: string): Promise<() => Promise<void>> {
  const outermost = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  return async () => {
    if (outermost === undefined) return;
    for (let inner = folder; inner.startsWith(outermost); inner = dirname(inner)) {
      const isGone = await rmdir(inner).then(
        () => true,
        () => false,
      );
      if (!isGone) return;
    }
  };
}

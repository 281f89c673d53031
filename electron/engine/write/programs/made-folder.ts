// Folders that are made on the way, and go again with what was put into them.
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, toNamespacedPath } from 'node:path';
import { writeError } from '../../base/files/user-files.ts';

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
    // Windows says \\?\C:\… of what it made
    const isMade = (path: string): boolean => toNamespacedPath(path).startsWith(toNamespacedPath(outermost));
    for (let inner = folder; isMade(inner); inner = dirname(inner)) {
      const isGone = await rmdir(inner).then(
        () => true,
        () => false,
      );
      if (!isGone) return;
    }
  };
}

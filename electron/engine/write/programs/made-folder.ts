// Folders that are created on the way and removed together with what was put into them.
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, toNamespacedPath } from 'node:path';
import { writeError } from '../../base/files/user-files.ts';

/**
 * Creates a folder and its missing parents.
 * @returns a function that removes the folders that were created, as far as they are empty
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function makeFolder(folder: string): Promise<() => Promise<void>> {
  const outermost = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  return async () => {
    if (outermost === undefined) return;
    // Windows returns what it created as \\?\C:\…
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

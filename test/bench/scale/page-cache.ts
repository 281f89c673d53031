// Drops files from the system's page cache.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { messageOf } from '../../../electron/engine/base/files/user-files.ts';

/**
 * Removes files from the system's page cache. Pages that a process reads itself are charged to its group; pages that another
 * process has read before are not.
 * @throws WinnowError USAGE: there is no GNU dd
 */
export async function dropFromPageCache(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const file = await open(path, 'r');
    try {
      await file.datasync(); // unwritten pages would stay in the cache
    } finally {
      await file.close();
    }
    try {
      // Node has no posix_fadvise; dd's manual drops a whole file in this way
      await promisify(execFile)('dd', [`if=${path}`, 'iflag=nocache', 'count=0']);
    } catch (error) {
      throw new WinnowError(
        'USAGE',
        `The cached pages of ${path} cannot be dropped, and otherwise a memory limit shows nothing: dd of the GNU coreutils failed (${messageOf(error).trim()}).`,
        { path },
        error,
      );
    }
  }
}

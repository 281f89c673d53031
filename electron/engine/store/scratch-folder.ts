// Folders for files that are needed only during one piece of work.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../base/files/errno.ts';
import { processExists } from './owner.ts';

const PURPOSES = ['eval', 'quantise', 'fit', 'imatrix', 'width', 'preview', 'hub'] as const;
type Purpose = (typeof PURPOSES)[number];

/** Retries, because Windows does not remove a file that a scanner, or a worker that is about to end, has open. */
const REMOVE = { recursive: true, force: true, maxRetries: 10 } as const;

/** A folder that is removed when it is disposed of. */
type ScratchFolder = AsyncDisposable & { readonly path: string };

/**
 * Makes a folder, and removes those of the same purpose whose processes were killed. It is removed at the latest when the process ends.
 * @param parent is created if it does not exist
 * @param purpose the beginning of the folder's name
 */
export async function makeScratchFolder(parent: string, purpose: Purpose): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent, [purpose]);
  const path = await mkdtemp(join(parent, `${purpose}-${process.pid}-`));
  const removeAtOnce = (): void => rmSync(path, REMOVE);
  process.once('exit', removeAtOnce);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      process.off('exit', removeAtOnce);
      await rm(path, REMOVE);
    },
  };
}

/** Removes what killed processes left in the folder, which need not exist: their measurements may be gigabytes. */
export async function removeLeftovers(parent: string, purposes: readonly Purpose[] = PURPOSES): Promise<void> {
  const scratch = new RegExp(`^(?:${purposes.join('|')})-(\\d+)-`);
  const names = await readdir(parent).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const pid = Number(scratch.exec(name)?.[1] ?? NaN);
    if (Number.isInteger(pid) && pid !== process.pid && !processExists(pid)) {
      await rm(join(parent, name), REMOVE);
    }
  }
}

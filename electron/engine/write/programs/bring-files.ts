// Puts a model's files into another program's folder, if possible without using the disk space twice.
import { copyFile, link, mkdir, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve, toNamespacedPath } from 'node:path';
import type { OpenedHow } from '../../../contract/api/programs.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { exists, fileIdentity, writeError } from '../../base/files/user-files.ts';
import { constants, createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Unfinished, openUnfinished } from '../../base/files/unfinished.ts';

type How = Extract<OpenedHow, 'hard-link' | 'symbolic-link' | 'copy' | 'present'>;

const BY_ECONOMY: readonly How[] = ['present', 'hard-link', 'symbolic-link', 'copy'];

/**
 * Brings all files or none. Links are preferred to copies: hard links on the same disk, symbolic links to another.
 * @param folder created if it is missing; files in it with other names stay
 * @param options progress counts the bytes of copied files; links report none
 * @returns the least economical way that was used for any of the files
 * @throws WinnowError TARGET_EXISTS: another file has one of the names; TARGET_UNWRITABLE, NO_SPACE; the signal's reason
 */
export async function bringFiles(
  sources: readonly string[],
  folder: string,
  { signal, onProgress }: CallOptions = {},
): Promise<How> {
  const wanted: { readonly source: string; readonly target: string }[] = [];
  for (const source of sources) {
    const target = join(folder, basename(source));
    if ((await fileIdentity(target)) === (await fileIdentity(source))) continue;
    if (await exists(target)) {
      throw new WinnowError('TARGET_EXISTS', msg('bringTargetTaken', { path: target }), { path: target });
    }
    wanted.push({ source: resolve(source), target });
  }
  if (wanted.length === 0) return 'present';

  const made: string[] = [];
  const removeFolder = await makeFolder(folder);
  const ways: How[] = [];
  const sizes = await Promise.all(wanted.map(async ({ source }) => (await stat(source)).size));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    onProgress?.(done, total);
  };
  try {
    for (const { source, target } of wanted) {
      signal?.throwIfAborted();
      ways.push(await bring(source, target, count, signal));
      made.push(target);
    }
  } catch (error) {
    await Promise.all(made.map((path) => rm(path, { force: true })));
    await removeFolder();
    throw error;
  }
  return ways.reduce((worst, how) => (BY_ECONOMY.indexOf(how) > BY_ECONOMY.indexOf(worst) ? how : worst));
}

async function bring(
  source: string,
  target: string,
  onCopied: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<How> {
  try {
    await link(source, target);
    return 'hard-link';
  } catch {
    // another disk, or one without hard links
  }
  try {
    await symlink(source, target);
    return 'symbolic-link';
  } catch {
    // a disk without symbolic links, or a system that does not let every user make one
  }
  await copyWhole(source, target, onCopied, signal);
  return 'copy';
}

const PIECE_BYTES = 4 << 20;

/**
 * Copies a file. The target gets its name only when it is complete.
 * @param onCopied called with the bytes of each copied piece; not called if the files share their blocks
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE; the signal's reason
 */
async function copyWhole(
  source: string,
  target: string,
  onCopied: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await using unfinished = await Unfinished.file(target);
    const { path } = unfinished;
    if (!(await isShared(source, path))) {
      const count = new Transform({
        transform: (piece: Uint8Array, _encoding, done) => {
          onCopied(piece.length);
          done(null, piece);
        },
      });
      const file = await openUnfinished(path);
      await pipeline(
        createReadStream(source, { highWaterMark: PIECE_BYTES }),
        count,
        file.createWriteStream({ highWaterMark: PIECE_BYTES, flush: true }),
        signal ? { signal } : {},
      );
    }
    await unfinished.takePlace();
  } catch (error) {
    signal?.throwIfAborted();
    throw writeError(target, error);
  }
}

/** Lets a file share the blocks of another. @returns false: the file system does not allow that */
function isShared(source: string, path: string): Promise<boolean> {
  return copyFile(source, path, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

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

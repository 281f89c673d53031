// Whether a disk has room for what will be written.
import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

/** Left free on the target disk. */
const SPACE_MARGIN_BYTES = 16 << 20;

/** The folder itself, or its nearest ancestor that exists. */
export async function nearestFolder(folder: string): Promise<string> {
  const there = await stat(folder).catch(() => null);
  return there || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

/** Bytes that this user may still write to the disk of a folder, which need not exist yet. */
export async function freeBytes(folder: string): Promise<number> {
  const disk = await statfs(await nearestFolder(folder));
  return disk.bavail * disk.bsize;
}

/** Free bytes that files of these sizes need. */
export function neededBytes(bytes: readonly number[]): number {
  return bytes.reduce((sum, n) => sum + n, SPACE_MARGIN_BYTES);
}

/** Requires room for files of these sizes on the disk of a folder. @throws WinnowError NO_SPACE */
export async function requireSpace(folder: string, bytes: readonly number[]): Promise<void> {
  const [free, needed] = [await freeBytes(folder), neededBytes(bytes)];
  if (free >= needed) return;
  throw new WinnowError(
    'NO_SPACE',
    msg('noSpace', { folder, free: displayBytes(free), needed: displayBytes(needed) }),
    { path: folder, free, needed },
  );
}

/** The space that files take on the disk: a file that is still being downloaded has holes. */
export async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => {
    const { size, blocks } = await stat(join(folder, name));
    return Math.min(size, 512 * blocks);
  });
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

// Whether a disk has room for what will be written.
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';

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

/** NO_SPACE if files of these sizes do not fit; null: they do. @param bytes sizes of the files to write */
export function spaceProblem(folder: string, free: number, bytes: readonly number[]): WinnowError | null {
  const needed = neededBytes(bytes);
  if (free >= needed) return null;
  return new WinnowError(
    'NO_SPACE',
    say('noSpace', { folder, free: displayBytes(free), needed: displayBytes(needed) }),
    { path: folder, free, needed },
  );
}

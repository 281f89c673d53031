// What the file system says of a file: for as long as it says the same, nobody has written to it or put another in its place.
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** A file, and its state as it was found right. */
export type FileInState = { readonly path: string; readonly state: string };

/** @returns null: there is no file of this name; a link is none */
export async function fileState(path: string): Promise<string | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  return stats?.isFile() === true ? stateIn(stats) : null;
}

/** Nobody can set the time of the last change. */
export function stateIn({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

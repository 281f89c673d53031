// The state of a file in the file system: while it stays the same, nobody has written to the file or put another in its place.
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** A file, and the state that it had when it was found to be right. */
export type FileInState = { readonly path: string; readonly state: string };

/** The state of a file; null: there is no file of this name, or it is a link. */
export async function fileState(path: string): Promise<string | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  return stats?.isFile() === true ? stateIn(stats) : null;
}

/** The state as text. It includes the time of the last status change, which nobody can set. */
export function stateIn({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

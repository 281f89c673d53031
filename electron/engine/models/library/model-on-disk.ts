// A model's files as they lie on the disk now: their paths, sizes and times. Their content is not read.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { realPathOf } from '../../base/files/real-path.ts';
import { firstPartPath, partPaths } from '../model-files.ts';

export type ModelOnDisk = {
  /** The first file that exists, which is the one to open. */
  readonly path: string;
  /** How many files belong to the model by name, including missing ones. */
  readonly parts: number;
  /** Total size of the files that exist. */
  readonly bytes: number;
  /** When the newest file was written. */
  readonly modifiedMs: number;
};

/** The model that the file is, or is a part of; null: none of its files exists. */
export async function modelOnDisk(path: string): Promise<ModelOnDisk | null> {
  const parts = partPaths(path);
  const found = await Promise.all(
    parts.map(async (part) => {
      const info = await stat(part).catch(() => null); // missing, or in a folder that may not be entered
      return info?.isFile() ? { part, bytes: info.size, modifiedMs: info.mtimeMs } : null;
    }),
  );
  const files = found.filter((file) => file !== null);
  const [first] = files;
  if (!first) return null;
  return {
    path: first.part,
    parts: parts.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    modifiedMs: Math.max(...files.map(({ modifiedMs }) => modifiedMs)),
  };
}

/** The id of the model at the path that `modelOnDisk` returns: one id for one file, through whatever links. */
export async function modelIdOf(path: string): Promise<string> {
  return idOfRealPath(await realpath(path));
}

/** The id for any file of a model; for a missing file, the id that it would have. */
export function modelIdOfSync(path: string): string {
  const there = partPaths(path).find((part) => existsSync(part));
  return idOfRealPath(realPathOf(there ?? firstPartPath(path)));
}

function idOfRealPath(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

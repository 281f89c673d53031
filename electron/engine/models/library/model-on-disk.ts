// A model's files as they lie on the disk now: which they are, how large, how old. Their content is not read.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { realPathOf } from '../../base/files/real-path.ts';
import { firstPartPath, partPaths } from '../model-files.ts';

export type ModelOnDisk = {
  /** The first file that is there: where the model is opened. */
  readonly path: string;
  /** How many files belong to it by name, missing ones included. */
  readonly parts: number;
  /** Size of the files that are there. */
  readonly bytes: number;
  /** When the newest file was written. */
  readonly modifiedMs: number;
};

/** The model that the file is, or is a part of; null: none of its files is there. */
export async function modelOnDisk(path: string): Promise<ModelOnDisk | null> {
  const parts = partPaths(path);
  const found = await Promise.all(
    parts.map(async (part) => {
      const info = await stat(part).catch(() => null); // missing, or behind a folder that may not be entered
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

/** The id of the model at the path that `modelOnDisk` gives: one for one file, whatever leads to it. */
export async function modelIdOf(path: string): Promise<string> {
  return idOfRealPath(await realpath(path));
}

/** The same for any file of a model; of one that is not there, the id that it would have. */
export function modelIdOfSync(path: string): string {
  const there = partPaths(path).find((part) => existsSync(part));
  return idOfRealPath(realPathOf(there ?? firstPartPath(path)));
}

function idOfRealPath(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

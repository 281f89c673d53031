// Which files make up a model, one GGUF or the parts of a split one (NAME-00001-of-0000N.gguf), what
// people call it, and its files as they lie on the disk now. Their content is not read.
import { constants, existsSync } from 'node:fs';
import { access, open, stat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { msg } from '../../contract/sentences.ts';
import { printableName } from '../../contract/printable.ts';
import { exists, writeTextFile } from '../base/files/user-files.ts';
import { createHash } from 'node:crypto';
import { realPath } from '../base/files/paths.ts';

const SPLIT_NAME = /^(?<prefix>.*)-(?<no>\d{5})-of-(?<count>\d{5})\.gguf$/;
const GGUF_MAGIC = 'GGUF';
/** The largest models in use have some two hundred parts; a name can claim 99,999. */
export const MAX_PARTS = 1000;

/** The name of a part, such as NAME-00002-of-00007.gguf for part 1 (0-based) of 7. */
export function splitPartName(prefix: string, part: number, count: number): string {
  return `${prefix}-${String(part + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.gguf`;
}

/** All parts of the model that `path` belongs to, in order; only the name decides. */
export function partPaths(path: string): string[] {
  const { prefix, count } = splitName(path);
  return count === 0
    ? [resolve(path)]
    : Array.from({ length: count }, (_, part) => partPath(path, prefix, part, count));
}

/** The first part of the model that `path` belongs to. */
export function firstPartPath(path: string): string {
  const { prefix, count } = splitName(path);
  return count === 0 ? resolve(path) : partPath(path, prefix, 0, count);
}

/** What a name says about its model's parts; a count of 0: nothing credible. */
function splitName(path: string): { prefix: string; count: number } {
  const { prefix = '', count = '0' } = SPLIT_NAME.exec(basename(path))?.groups ?? {};
  return { prefix, count: Number(count) <= MAX_PARTS ? Number(count) : 0 };
}

function partPath(path: string, prefix: string, part: number, count: number): string {
  return resolve(join(dirname(path), splitPartName(prefix, part, count)));
}

/**
 * Checks that every part is a readable GGUF file.
 * @returns the parts in order with their sizes in bytes
 * @throws WinnowError FILE_NOT_FOUND, SPLIT_INCOMPLETE, FILE_UNREADABLE, NOT_GGUF, GGUF_CORRUPT
 */
export async function openModelFiles(path: string): Promise<{ path: string; bytes: number }[]> {
  const parts = partPaths(path);
  const files: { path: string; bytes: number }[] = [];
  let total = 0;
  for (const part of parts) {
    const bytes = await checkPart(part, parts.length > 1 ? resolve(path) : null);
    files.push({ path: part, bytes });
    total += bytes;
  }
  if (Number.isSafeInteger(total)) return files;
  throw new WinnowError('GGUF_CORRUPT', msg('modelTooLarge', { path, total: displayBytes(total) }), { path });
}

async function checkPart(path: string, first: string | null): Promise<number> {
  const info = await stat(path).catch(() => null);
  if (!info) {
    if (first !== null && first !== path) {
      throw new WinnowError('SPLIT_INCOMPLETE', msg('splitPartMissing', { part: basename(first), path }), { path });
    }
    throw new WinnowError('FILE_NOT_FOUND', msg('fileGone', { path }), { path });
  }
  if (!info.isFile()) throw new WinnowError('FILE_UNREADABLE', msg('modelNoFile', { path }), { path });
  await access(path, constants.R_OK).catch(() => {
    throw new WinnowError('FILE_UNREADABLE', msg('permissionDenied', { path }), { path });
  });

  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
  if (buffer.toString('latin1', 0, 4) !== GGUF_MAGIC) {
    const what = bytesRead === 0 ? msg('isEmpty') : msg('noMagic');
    throw new WinnowError('NOT_GGUF', msg('notGguf', { path, what }), { path });
  }
  if (bytesRead < 8) {
    throw new WinnowError('GGUF_CORRUPT', msg('headTruncated', { path, bytes: bytesRead }), {
      path,
    });
  }
  const version = buffer.readUInt32LE(4);
  if (version < 2 || version > 3) {
    const big = buffer.readUInt32BE(4) <= 3 ? [msg('bigEndian')] : [];
    throw new WinnowError('GGUF_CORRUPT', msg('ggufVersion', { path, version, big }), {
      path,
    });
  }
  return info.size;
}

const GGUF = /\.gguf$/i;
/** File names that say nothing: the folder's name says more. */
const NAMELESS = /^(ggml-)?model$/i;

/** The file's name, as people see it in their folders; if that says nothing, the header's `general.name`. */
export function modelName({ name, path }: { readonly name: string; readonly path: string }): string {
  return nameOfFile(path) ?? printableName(name.trim() || basename(path));
}

/** The name of a model file as people know it; null: it has none. */
export function nameOfFile(path: string): string | null {
  if (!GGUF.test(path)) return null;
  const stem = modelFileStem(path);
  return printableName((NAMELESS.test(stem) && basename(dirname(path)).replace(/^\.+$/, '')) || stem);
}

/** A model file's name without its extension and its part number. */
export function modelFileStem(path: string): string {
  return withoutPartNumber(basename(path).replace(/\.gguf$/i, ''));
}

/** The name that all parts of a split model share. @param stem one part's name without the extension */
export function withoutPartNumber(stem: string): string {
  return stem.replace(/-\d{5}-of-\d{5}$/, '');
}

/** The path of a model's companion file. @param ending such as ".README.md" */
export function companionPath(modelPath: string, ending: string): string {
  return join(dirname(modelPath), `${modelFileStem(modelPath)}${ending}`);
}

/**
 * Writes a file that does not exist yet.
 * @throws WinnowError TARGET_EXISTS, unless it may be replaced; TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeNewFile(path: string, text: string, overwrite: boolean): Promise<void> {
  if (!overwrite && (await exists(path))) {
    throw new WinnowError('TARGET_EXISTS', msg('companionExists', { path }), {
      path,
    });
  }
  await writeTextFile(path, text);
}

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
  const stats = await Promise.all(
    parts.map(async (part) => {
      const info = await stat(part).catch(() => null); // missing, or in a folder that may not be entered
      return info?.isFile() ? { part, bytes: info.size, modifiedMs: info.mtimeMs } : null;
    }),
  );
  const files = stats.filter((file) => file !== null);
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
export async function readModelId(path: string): Promise<string> {
  return idOfRealPath(await realpath(path));
}

/** The id for any file of a model; for a missing file, the id that it would have. */
export function modelIdOfSync(path: string): string {
  const there = partPaths(path).find((part) => existsSync(part));
  return idOfRealPath(realPath(there ?? firstPartPath(path)));
}

function idOfRealPath(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

// Which files make up a model: one GGUF, or the parts of a split one (NAME-00001-of-0000N.gguf).
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { say } from '../../contract/sentences.ts';

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
  throw new WinnowError('GGUF_CORRUPT', say('modelTooLarge', { path, total: displayBytes(total) }), { path });
}

async function checkPart(path: string, splitOf: string | null): Promise<number> {
  const info = await stat(path).catch(() => null);
  if (!info) {
    if (splitOf !== null && splitOf !== path) {
      throw new WinnowError('SPLIT_INCOMPLETE', say('splitPartMissing', { part: basename(splitOf), path }), { path });
    }
    throw new WinnowError('FILE_NOT_FOUND', say('fileGone', { path }), { path });
  }
  if (!info.isFile()) throw new WinnowError('FILE_UNREADABLE', say('modelNoFile', { path }), { path });
  await access(path, constants.R_OK).catch(() => {
    throw new WinnowError('FILE_UNREADABLE', say('permissionDenied', { path }), { path });
  });

  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
  if (buffer.toString('latin1', 0, 4) !== GGUF_MAGIC) {
    const what = bytesRead === 0 ? say('isEmpty') : say('noMagic');
    throw new WinnowError('NOT_GGUF', say('notGguf', { path, what }), { path });
  }
  if (bytesRead < 8) {
    throw new WinnowError('GGUF_CORRUPT', say('headTruncated', { path, bytes: bytesRead }), {
      path,
    });
  }
  const version = buffer.readUInt32LE(4);
  if (version < 2 || version > 3) {
    const big = buffer.readUInt32BE(4) <= 3 ? [say('bigEndian')] : [];
    throw new WinnowError('GGUF_CORRUPT', say('ggufVersion', { path, version, big }), {
      path,
    });
  }
  return info.size;
}

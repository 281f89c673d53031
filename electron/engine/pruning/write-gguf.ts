// Writes planned GGUF files: header, then byte ranges of the sources, with constant memory. Files appear under their
// names only when all of them are complete, synced and read back.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { WinnowError } from '../../contract/errors.ts';
import type { Backend } from '../backend/backend.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';

/** Large enough for sequential disk speed; two of them are in use at a time. */
const CHUNK_BYTES = 8 << 20;
/** Tensors up to this size are read whole and cut in memory. */
const SMALL_TENSOR_BYTES = 1 << 20;
/** Left free on the target disk. */
const SPACE_MARGIN_BYTES = 16 << 20;

export type WriteOptions = {
  /** Builds the headers with llama.cpp's own code. */
  readonly backend: Backend;
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Bytes done out of the bytes to write and to read back. */
  readonly onProgress?: ((done: number, total: number, phase: 'write' | 'verify') => void) | undefined;
};

export type WrittenFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

export const partialPath = (path: string): string => `${path}.part`;

/**
 * Writes the files and verifies them. On any failure, and on abort, nothing is left under the final or partial names.
 * @throws WinnowError TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE, FILE_NOT_FOUND, MODEL_CHANGED, VERIFY_FAILED, CANCELLED
 */
export async function writeGgufFiles(files: readonly PlannedFile[], options: WriteOptions): Promise<WrittenFile[]> {
  await checkTargets(files, options.overwrite ?? false);
  const sources = await sourceStates(files);
  const metas: Uint8Array[] = [];
  for (const file of files) metas.push(await buildMeta(file, options.backend));

  const bytes = files.map((file, i) => fileBytes(file, metas[i]?.byteLength ?? 0));
  const total = 2 * bytes.reduce((sum, n) => sum + n, 0);
  await checkSpace(files, bytes);

  let done = 0;
  const report = (phase: 'write' | 'verify') => (n: number) => {
    done += n;
    options.onProgress?.(done, total, phase);
  };
  try {
    const sums: number[] = [];
    for (const [i, file] of files.entries()) {
      sums.push(await writeFile(file, metas[i] ?? new Uint8Array(), options.signal, report('write')));
    }
    await checkSourcesUnchanged(sources);
    const written: WrittenFile[] = [];
    for (const [i, file] of files.entries()) {
      const expected = { bytes: bytes[i] ?? 0, crc: sums[i] ?? 0 };
      written.push(await verify(file, expected, options, report('verify')));
    }
    for (const file of files) await rename(partialPath(file.path), file.path);
    await syncFolder(dirname(files[0]?.path ?? '.'));
    return written;
  } catch (error) {
    await Promise.all(files.map((file) => rm(partialPath(file.path), { force: true })));
    throw asWinnowError(error, files[0]?.path ?? '');
  }
}

function pad(n: number, alignment: number): number {
  return Math.ceil(n / alignment) * alignment;
}

/** Size of a file: header, and every tensor padded to the alignment. */
export function fileBytes(file: PlannedFile, metaBytes: number): number {
  return file.tensors.reduce((sum, tensor) => sum + pad(tensor.bytes, file.alignment), metaBytes);
}

async function buildMeta(file: PlannedFile, backend: Backend): Promise<Uint8Array> {
  return backend.call('buildGgufMeta', {
    source: file.keysFrom,
    remove: [...file.remove],
    set: file.set.map((edit) => ({ ...edit })),
    tensors: file.tensors.map(({ name, type, ne }) => ({ name, type, ne: [...ne] })),
  });
}

async function writeFile(
  file: PlannedFile,
  meta: Uint8Array,
  signal: AbortSignal | undefined,
  report: (n: number) => void,
): Promise<number> {
  // a checksum that costs next to nothing: SHA-256 here would halve the speed of writing
  let crc = 0;
  const sources = new SourceFiles();
  const out = await open(partialPath(file.path), 'w');
  try {
    const put = async (bytes: Uint8Array): Promise<void> => {
      const writing = writeFully(out, bytes);
      crc = crc32(bytes, crc);
      await writing;
      report(bytes.byteLength);
    };
    await put(meta);
    await pump(gather(tensorPieces(file, sources)), signal, put);
    await out.sync();
  } finally {
    await out.close();
    await sources.close();
  }
  return crc;
}

/** One step of reading: fills (part of) the buffer it is given and returns what is to be written. */
type Read = (buffer: Buffer) => Promise<Uint8Array>;

/** Reads ahead by one step while the one before is hashed and written. */
async function pump(
  reads: Iterable<Read>,
  signal: AbortSignal | undefined,
  put: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] as const;
  let turn = 0;
  let ahead: Promise<Uint8Array> | null = null;
  try {
    for (const read of reads) {
      const next = read(buffers[turn % 2 === 0 ? 0 : 1]);
      next.catch(() => {}); // awaited below or in the next turn
      turn++;
      const ready = ahead;
      ahead = next;
      if (ready) await put(await ready);
      signal?.throwIfAborted();
    }
    if (ahead) await put(await ahead);
  } finally {
    await ahead?.catch(() => {});
  }
}

/** Some output bytes and how to get them; `room` is what `fill` needs of the buffer meanwhile. */
type Piece = { readonly length: number; readonly room: number; readonly fill: (buffer: Buffer) => Promise<unknown> };

/** Gathers pieces into reads of a full buffer: experts are small, and each write has its price. */
function* gather(pieces: Iterable<Piece>): Generator<Read> {
  let batch: Piece[] = [];
  let length = 0;
  const read =
    (parts: readonly Piece[], total: number): Read =>
    async (buffer) => {
      let at = 0;
      for (const part of parts) {
        await part.fill(buffer.subarray(at, at + part.room));
        at += part.length;
      }
      return buffer.subarray(0, total);
    };
  for (const piece of pieces) {
    if (length + piece.room > CHUNK_BYTES) {
      yield read(batch, length);
      batch = [];
      length = 0;
    }
    batch.push(piece);
    length += piece.length;
  }
  if (length > 0) yield read(batch, length);
}

function* tensorPieces(file: PlannedFile, sources: SourceFiles): Generator<Piece> {
  for (const tensor of file.tensors) {
    const small = smallPiece(tensor, sources);
    if (small) yield small;
    else yield* rangePieces(tensor, sources);
    const padding = pad(tensor.bytes, file.alignment) - tensor.bytes;
    if (padding > 0) {
      yield { length: padding, room: padding, fill: (buffer) => Promise.resolve(buffer.fill(0)) };
    }
  }
}

function* rangePieces({ ranges, sourcePath }: PlannedTensor, sources: SourceFiles): Generator<Piece> {
  for (const range of ranges) {
    for (let at = 0; at < range.length; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, range.length - at);
      yield { length, room: length, fill: (buffer) => sources.read(sourcePath, buffer, range.offset + at) };
    }
  }
}

/** A small tensor is read whole and cut in memory: its slices may be a few bytes each. Null for others. */
function smallPiece({ ranges, sourcePath, bytes }: PlannedTensor, sources: SourceFiles): Piece | null {
  const start = ranges[0]?.offset ?? 0;
  const last = ranges.at(-1);
  const room = last ? last.offset + last.length - start : 0;
  const ascending = ranges.every(({ offset }, i) => {
    const before = ranges[i - 1];
    return !before || offset >= before.offset + before.length;
  });
  if (!ascending || room > SMALL_TENSOR_BYTES) return null;
  const fill = async (buffer: Buffer): Promise<void> => {
    await sources.read(sourcePath, buffer, start);
    let end = 0;
    for (const { offset, length } of ranges) {
      const from = offset - start;
      buffer.copyWithin(end, from, from + length); // ascending: nothing is overwritten before it is moved
      end += length;
    }
  };
  return { length: bytes, room, fill };
}

class SourceFiles {
  readonly #handles = new Map<string, Promise<FileHandle>>();

  async read(path: string, buffer: Buffer, position: number): Promise<Buffer> {
    let handle = this.#handles.get(path);
    if (!handle) {
      handle = open(path, 'r');
      this.#handles.set(path, handle);
    }
    await readFully(await handle, buffer, position, path);
    return buffer;
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await (await handle).close();
  }
}

async function readFully(handle: FileHandle, buffer: Buffer, position: number, path: string): Promise<void> {
  for (let at = 0; at < buffer.byteLength;) {
    const { bytesRead } = await handle.read(buffer, at, buffer.byteLength - at, position + at);
    if (bytesRead === 0) throw new WinnowError('MODEL_CHANGED', `${path} became shorter while it was read.`, { path });
    at += bytesRead;
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at);
    at += bytesWritten;
  }
}

/** Reads a written file back: its header must say what was planned, its bytes must be those that were written. @returns its SHA-256 too */
async function verify(
  file: PlannedFile,
  expected: { readonly bytes: number; readonly crc: number },
  options: WriteOptions,
  report: (n: number) => void,
): Promise<WrittenFile> {
  const path = partialPath(file.path);
  const fail = (what: string): never => {
    throw new WinnowError(
      'VERIFY_FAILED',
      `${file.path} was not written correctly: ${what}. The file was removed; check the disk and try again.`,
      { path: file.path },
    );
  };
  const header = await options.backend.call('readGguf', { path });
  let offset = header.dataOffset;
  if (header.tensors.length !== file.tensors.length) fail('its header lists other tensors');
  for (const [i, tensor] of file.tensors.entries()) {
    const found = header.tensors[i];
    const same =
      found?.name === tensor.name &&
      found.type === tensor.type &&
      found.bytes === tensor.bytes &&
      found.fileOffset === offset;
    if (!same) fail(`its header is wrong at tensor ${tensor.name}`);
    offset += pad(tensor.bytes, header.alignment);
  }

  const hash = createHash('sha256');
  let crc = 0;
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size !== expected.bytes) fail(`it has ${size} bytes instead of ${expected.bytes}`);
    await pump(sequentialReads(handle, size, path), options.signal, (bytes) => {
      hash.update(bytes);
      crc = crc32(bytes, crc);
      report(bytes.byteLength);
      return Promise.resolve();
    });
  } finally {
    await handle.close();
  }
  if (crc !== expected.crc) fail('its bytes differ from the ones written');
  return { path: file.path, bytes: expected.bytes, sha256: hash.digest('hex') };
}

function* sequentialReads(handle: FileHandle, size: number, path: string): Generator<Read> {
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, size - at);
    yield async (buffer) => {
      const bytes = buffer.subarray(0, length);
      await readFully(handle, bytes, at, path);
      return bytes;
    };
  }
}

async function checkTargets(files: readonly PlannedFile[], overwrite: boolean): Promise<void> {
  const paths = new Set(files.flatMap((file) => file.tensors.map((tensor) => tensor.sourcePath)));
  const sources = await Promise.all([...paths].map((path) => identity(path)));
  for (const { path } of files) {
    const existing = await identity(path);
    // by inode: a link to the model, or the model's file behind a link, is the model too
    if (existing && sources.some((source) => source?.dev === existing.dev && source.ino === existing.ino))
      throw new WinnowError('USAGE', `${path} is the model itself. Choose another name for the output.`, { path });
    if (existing?.isDirectory())
      throw new WinnowError('TARGET_UNWRITABLE', `${path} is a folder. Name a file in it.`, { path });
    if (existing && !existing.isFile())
      throw new WinnowError('TARGET_UNWRITABLE', `${path} is a device or a pipe, not a file. Choose another name.`, {
        path,
      });
    if (existing && !overwrite)
      throw new WinnowError(
        'TARGET_EXISTS',
        `${path} exists already. Choose another name, or overwrite it with --force.`,
        { path },
      );
    const folder = dirname(path);
    try {
      await makeFolder(folder);
      await access(folder, constants.W_OK);
    } catch (error) {
      throw new WinnowError(
        'TARGET_UNWRITABLE',
        `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}. Choose another folder or change its permissions.`,
        { path: folder },
        error,
      );
    }
  }
}

/** Node's recursive mkdir never returns where making a folder fails with ENOENT although its parent exists (/proc). */
async function makeFolder(folder: string): Promise<void> {
  const existing = await stat(folder).catch(() => null);
  if (existing?.isDirectory()) return;
  if (existing) throw new Error(`${folder} is not a folder`);
  await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // made by someone else meanwhile
  });
}

function identity(path: string) {
  return stat(path, { bigint: true }).catch(() => null);
}

async function checkSpace(files: readonly PlannedFile[], bytes: readonly number[]): Promise<void> {
  const folder = dirname(files[0]?.path ?? '.');
  const needed = bytes.reduce((sum, n) => sum + n, SPACE_MARGIN_BYTES);
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (free < needed) {
    throw new WinnowError(
      'NO_SPACE',
      `${folder} has ${free} bytes free, ${needed} are needed. Free some space or choose another disk.`,
      { path: folder, free, needed },
    );
  }
}

type SourceState = { readonly path: string; readonly size: number; readonly mtimeMs: number };

async function sourceStates(files: readonly PlannedFile[]): Promise<SourceState[]> {
  const paths = new Set(files.flatMap((file) => file.tensors.map((tensor) => tensor.sourcePath)));
  return Promise.all([...paths].map((path) => sourceState(path)));
}

async function sourceState(path: string): Promise<SourceState> {
  const info = await stat(path).catch(() => {
    throw new WinnowError('FILE_NOT_FOUND', `${path} is no longer there.`, { path });
  });
  return { path, size: info.size, mtimeMs: info.mtimeMs };
}

async function checkSourcesUnchanged(before: readonly SourceState[]): Promise<void> {
  for (const old of before) {
    const now = await sourceState(old.path);
    if (now.size !== old.size || now.mtimeMs !== old.mtimeMs) {
      throw new WinnowError(
        'MODEL_CHANGED',
        `${old.path} was changed while it was copied. Nothing was written; try again when it is complete.`,
        { path: old.path },
      );
    }
  }
}

/** Makes the renames durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asWinnowError(error: unknown, path: string): unknown {
  if (error instanceof WinnowError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new WinnowError('CANCELLED', `The export of ${path} was cancelled; nothing is left of it.`, { path }, error);
  }
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new WinnowError(
        'NO_SPACE',
        `The disk became full while ${path} was written; the incomplete file was removed.`,
        { path },
        error,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new WinnowError(
        'TARGET_UNWRITABLE',
        `${path} cannot be written: ${(error as Error).message}`,
        { path },
        error,
      );
    case 'EIO':
      return new WinnowError(
        'FILE_UNREADABLE',
        `The disk reported an error while ${path} was written: ${(error as Error).message}`,
        { path },
        error,
      );
    default:
      return error;
  }
}

// Writes planned GGUF files: header, then byte ranges of the sources, with constant memory. Files appear under their
// names only when all of them are complete, synced and read back.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import type { Backend } from '../backend/backend.ts';
import type { PlannedFile, PlannedTensor } from './plan.ts';

/** Large enough for sequential disk speed; two of them are in use at a time. */
const CHUNK_BYTES = 8 << 20;
/** Tensors up to this size are read whole and cut in memory: their slices may be a few bytes each. */
const WHOLE_TENSOR_BYTES = CHUNK_BYTES;
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
    const written: WrittenFile[] = [];
    for (const [i, file] of files.entries()) {
      const sha256 = await writeFile(file, metas[i] ?? new Uint8Array(), options.signal, report('write'));
      written.push({ path: file.path, bytes: bytes[i] ?? 0, sha256 });
    }
    await checkSourcesUnchanged(sources);
    for (const [i, file] of files.entries()) await verify(file, written[i], options, report('verify'));
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
): Promise<string> {
  const hash = createHash('sha256');
  const sources = new SourceFiles();
  const out = await open(partialPath(file.path), 'w');
  try {
    const put = async (bytes: Uint8Array): Promise<void> => {
      const writing = writeFully(out, bytes);
      hash.update(bytes);
      await writing;
      report(bytes.byteLength);
    };
    await put(meta);
    await pump(tensorReads(file, sources), signal, put);
    await out.sync();
  } finally {
    await out.close();
    await sources.close();
  }
  return hash.digest('hex');
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

function* tensorReads(file: PlannedFile, sources: SourceFiles): Generator<Read> {
  for (const tensor of file.tensors) {
    const padding = pad(tensor.bytes, file.alignment) - tensor.bytes;
    const start = tensor.ranges[0]?.offset ?? 0;
    const last = tensor.ranges.at(-1);
    const extent = last ? last.offset + last.length - start : 0;
    if (extent + padding <= WHOLE_TENSOR_BYTES) {
      yield (buffer) => readSmall(tensor, sources, buffer, start, extent, padding);
      continue;
    }
    for (const range of tensor.ranges) {
      for (let at = 0; at < range.length; at += CHUNK_BYTES) {
        const length = Math.min(CHUNK_BYTES, range.length - at);
        yield (buffer) => sources.read(tensor.sourcePath, buffer.subarray(0, length), range.offset + at);
      }
    }
    if (padding > 0) yield () => Promise.resolve(new Uint8Array(padding));
  }
}

async function readSmall(
  tensor: PlannedTensor,
  sources: SourceFiles,
  buffer: Buffer,
  start: number,
  extent: number,
  padding: number,
): Promise<Uint8Array> {
  const bytes = await sources.read(tensor.sourcePath, buffer.subarray(0, extent), start);
  let end = 0;
  for (const range of tensor.ranges) {
    const from = range.offset - start;
    bytes.copyWithin(end, from, from + range.length); // ranges ascend, so nothing is overwritten before it is moved
    end += range.length;
  }
  buffer.fill(0, end, end + padding);
  return buffer.subarray(0, end + padding);
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

/** Reads a written file back: its header must say what was planned, its bytes must be those that were written. */
async function verify(
  file: PlannedFile,
  written: WrittenFile | undefined,
  options: WriteOptions,
  report: (n: number) => void,
): Promise<void> {
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
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size !== written?.bytes) fail(`it has ${size} bytes instead of ${written?.bytes}`);
    await pump(sequentialReads(handle, size, path), options.signal, (bytes) => {
      hash.update(bytes);
      report(bytes.byteLength);
      return Promise.resolve();
    });
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== written?.sha256) fail('its bytes differ from the ones written');
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
  const sources = new Set(files.flatMap((file) => file.tensors.map((tensor) => tensor.sourcePath)));
  for (const { path } of files) {
    if (sources.has(path))
      throw new WinnowError('USAGE', `${path} is the model itself. Choose another name for the output.`, { path });
    const existing = await stat(path).catch(() => null);
    if (existing?.isDirectory())
      throw new WinnowError('TARGET_UNWRITABLE', `${path} is a folder. Name a file in it.`, { path });
    if (existing && !overwrite)
      throw new WinnowError(
        'TARGET_EXISTS',
        `${path} exists already. Choose another name, or overwrite it with --force.`,
        { path },
      );
    const folder = dirname(path);
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    } catch (error) {
      throw new WinnowError(
        'TARGET_UNWRITABLE',
        `${folder} cannot be written to. Choose another folder or change its permissions.`,
        { path: folder },
        error,
      );
    }
  }
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

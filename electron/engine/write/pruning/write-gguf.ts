// Writes planned GGUF files: the header, then byte ranges of the sources, in constant memory. Files appear under their names
// only when all of them are complete, synced and read back.
import { createHash } from 'node:crypto';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Result } from '../../base/backend/protocol.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { say } from '../../../contract/sentences.ts';
import { errnoOf } from '../../base/files/errno.ts';
import { exists, isDiskFull, writeError } from '../../base/files/user-files.ts';
import { openUnfinished, Unfinished } from '../../base/files/unfinished.ts';
import { writeFully } from '../../base/files/write-fully.ts';
import type { FileAtWork, PlannedFile, PlannedTensor } from './planned-file.ts';
import { CHUNK_BYTES, forEachPiece, pad, pieceBuffers, readFully, type PieceBuffers } from './source-bytes.ts';
import { freeBytes, neededBytes } from '../../base/files/free-space.ts';
import { bytesByDisk, checkSourcesUnchanged, checkSpace, checkTargets, sourceStates } from './target-checks.ts';

/** Bytes written between syncs. A few times this much is left to sync at the end, which cannot be cancelled: seconds on a slow disk. */
export const SYNC_BYTES = 128 << 20;
/** Disks do several syncs in the time of one, and a model may have a thousand parts. Node has four threads for files. */
const SYNCS_AT_ONCE = 4;

export type WriteOptions = {
  /** Builds the headers with llama.cpp's own code. */
  readonly backend: Backend;
  readonly overwrite?: boolean;
  /** Where the files lie until they are complete, from `unfinishedPath`, if the caller has a record of that. */
  readonly unfinished?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Bytes done out of the bytes to write and to read back. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onPhase?: (phase: 'writing' | 'verifying') => void;
  /** A further check of the files after they are read back, where they lie until they are complete; an error that it throws ends the export. */
  readonly verifyFiles?: (unfinished: readonly string[]) => Promise<void>;
  /** Called when all files are complete, synced and read back; they get their names next. */
  readonly onVerified?: (written: readonly WrittenFile[]) => void;
};

export type WrittenFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

/**
 * Writes the files and verifies them. On any failure, and on abort, nothing is left of the files.
 * @throws WinnowError TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE, FILE_NOT_FOUND, MODEL_CHANGED, VERIFY_FAILED, CANCELLED
 */
export async function writeGgufFiles(files: readonly PlannedFile[], options: WriteOptions): Promise<WrittenFile[]> {
  const metas: Uint8Array[] = [];
  let bytes: readonly number[] = [];
  const buffers: Buffers = { pieces: pieceBuffers(), written: Buffer.allocUnsafeSlow(CHUNK_BYTES) };
  let done = 0;
  const report = (n: number): void => {
    done += n;
    options.onProgress?.(done, 2 * bytes.reduce((sum, size) => sum + size, 0));
  };
  return makeFiles(files, options, {
    sizes: async () => {
      for (const file of files) metas.push(await buildMeta(file, options.backend));
      bytes = files.map((file, i) => fileBytes(file, metas[i]?.byteLength ?? 0));
      return bytes;
    },
    write: async (files, at) => {
      const closing: Closing[] = [];
      const waitForAllBut = async (n: number): Promise<void> => {
        for (let next = closing[0]; next && closing.length > n; next = closing[0]) {
          at(next.path);
          await next.synced;
          closing.shift();
        }
      };
      try {
        for (const [i, file] of files.entries()) {
          await waitForAllBut(SYNCS_AT_ONCE - 1);
          at(file.path);
          closing.push(await writeFile(file, metas[i] ?? new Uint8Array(), buffers.pieces, options.signal, report));
        }
        await waitForAllBut(0);
      } finally {
        await Promise.allSettled(closing.map(({ synced }) => synced));
      }
    },
    verify: (file, i) => verify(file, bytes[i] ?? 0, buffers, options, report),
  });
}

/** The steps of making files, in this order. */
type Making = {
  /** Returns the exact bytes of each file; by then the names are free and the folders exist. */
  readonly sizes: () => Promise<readonly number[]>;
  /**
   * Writes all files.
   * @param at receives the path of the file that is being written, for error messages
   */
  readonly write: (files: readonly FileAtWork[], at: (path: string) => void) => Promise<void>;
  /** Reads a file back; once the promise has settled, the file is on disk. */
  readonly verify: (file: FileAtWork, i: number) => Promise<WrittenFile>;
};

/**
 * Makes files that appear under their names once all of them are complete, or not at all if anything fails.
 * @throws WinnowError as `writeGgufFiles`
 */
export async function makeFiles(
  files: readonly PlannedFile[],
  options: Pick<WriteOptions, 'overwrite' | 'unfinished' | 'onPhase' | 'verifyFiles' | 'onVerified'>,
  { sizes, write, verify }: Making,
): Promise<WrittenFile[]> {
  await checkTargets(files, options.overwrite ?? false);
  const sources = await sourceStates(files);
  const bytes = await sizes();
  await checkSpace(files, bytes);
  let current = files[0]?.path ?? '';
  const made: Unfinished[] = [];
  try {
    for (const [i, { path }] of files.entries()) {
      current = path;
      made.push(await Unfinished.file(path, options.unfinished?.[i]));
    }
    const atWork = files.map((file, i) => ({ ...file, unfinished: made[i]!.path }));
    options.onPhase?.('writing');
    await write(atWork, (path) => (current = path));
    await checkSourcesUnchanged(sources);
    options.onPhase?.('verifying');
    const written: WrittenFile[] = [];
    for (const [i, file] of atWork.entries()) {
      current = file.path;
      written.push(await verify(file, i));
    }
    await options.verifyFiles?.(atWork.map(({ unfinished }) => unfinished));
    options.onVerified?.(written);
    await takePlaces(files, made);
    await Promise.all([...new Set(files.map(({ path }) => dirname(path)))].map(syncFolder));
    return written;
  } catch (error) {
    await Promise.all(made.map((one) => one[Symbol.asyncDispose]()));
    throw isDiskFull(error)
      ? await diskFull(error, current, await bytesByDisk(files, bytes))
      : asWinnowError(error, current);
  }
}

/** Size of a file: the header, and every tensor padded to the alignment. */
export function fileBytes(file: PlannedFile, metaBytes: number): number {
  return file.tensors.reduce((sum, tensor) => sum + pad(tensor.bytes, file.alignment), metaBytes);
}

/** The exact size of a file before it is written. */
export async function plannedBytes(file: PlannedFile, backend: Backend): Promise<number> {
  return fileBytes(file, (await buildMeta(file, backend)).byteLength);
}

/** The header of a planned file, with its padding. */
export async function buildMeta(file: PlannedFile, backend: Backend): Promise<Uint8Array> {
  return backend.call('buildGgufMeta', {
    source: file.keysFrom,
    remove: [...file.remove],
    set: file.set.map((edit) => ({ ...edit })),
    tensors: file.tensors.map(({ name, type, ne }) => ({ name, type, ne: [...ne] })),
  });
}

/** Shared by all files of an export: separate buffers for a thousand parts would keep the garbage collector busy. */
type Buffers = { readonly pieces: PieceBuffers; readonly written: Buffer };

/** A completely written file; it is closed once its bytes are on disk. */
type Closing = { readonly path: string; readonly synced: Promise<void> };

async function writeFile(
  file: FileAtWork,
  meta: Uint8Array,
  buffers: PieceBuffers,
  signal: AbortSignal | undefined,
  report: (n: number) => void,
): Promise<Closing> {
  const out = await openUnfinished(file.unfinished);
  let syncing = Promise.resolve();
  try {
    let unsynced = 0;
    const put = async (bytes: Uint8Array): Promise<void> => {
      await writeFully(out, bytes);
      unsynced += bytes.byteLength;
      if (unsynced >= SYNC_BYTES) {
        await syncing;
        syncing = out.datasync();
        syncing.catch(() => {}); // thrown when it is awaited
        unsynced = 0;
      }
      report(bytes.byteLength);
    };
    await put(meta);
    await forEachPiece(file, buffers, signal, put);
  } catch (error) {
    await syncing.catch(() => {});
    await out.close();
    throw error;
  }
  const synced = closeSynced(out, syncing);
  synced.catch(() => {}); // thrown when it is awaited
  return { path: file.path, synced };
}

async function closeSynced(out: FileHandle, syncing: Promise<void>): Promise<void> {
  try {
    await syncing;
    await out.sync();
  } finally {
    await out.close();
  }
}

/**
 * Reads a written file back: its header must say what was planned, and every byte of every tensor must be the source's.
 * @returns the file with its SHA-256
 */
async function verify(
  file: FileAtWork,
  bytes: number,
  { pieces, written }: Buffers,
  options: WriteOptions,
  report: (n: number) => void,
): Promise<WrittenFile> {
  const path = file.unfinished;
  const header = await requireHeader(file, options.backend);
  const hash = createHash('sha256');
  await using handle = await open(path, 'r');
  const { size } = await handle.stat();
  if (size !== bytes) throw notAsPlanned(file, `it has ${size} bytes instead of ${bytes}`);
  const meta = Buffer.alloc(header.dataOffset);
  await readFully(handle, meta, 0, path);
  hash.update(meta);
  report(meta.byteLength);

  let position = meta.byteLength;
  await forEachPiece(file, pieces, options.signal, async (expected) => {
    const found = written.subarray(0, expected.byteLength);
    await readFully(handle, found, position, path);
    if (!found.equals(expected)) throw notAsPlanned(file, `its bytes differ from the source's after ${position}`);
    hash.update(found);
    position += found.byteLength;
    report(found.byteLength);
  });
  return { path: file.path, bytes, sha256: hash.digest('hex') };
}

/**
 * Reads the header of a file that is being written, and requires tensors of these names, types, sizes and shapes, one after
 * the other.
 * @throws WinnowError VERIFY_FAILED
 */
export async function requireHeader(
  file: Pick<FileAtWork, 'path' | 'unfinished'> & {
    readonly tensors: readonly Pick<PlannedTensor, 'name' | 'type' | 'bytes' | 'ne'>[];
  },
  backend: Backend,
): Promise<Result<'readGguf'>> {
  const path = file.unfinished;
  await stat(path); // llama.cpp does not distinguish a missing file from a damaged one
  const header = await backend.call('readGguf', { path });
  let offset = header.dataOffset;
  if (header.tensors.length !== file.tensors.length) throw notAsPlanned(file, 'its header lists other tensors');
  for (const [i, tensor] of file.tensors.entries()) {
    const found = header.tensors[i];
    const same =
      found?.name === tensor.name &&
      found.type === tensor.type &&
      found.bytes === tensor.bytes &&
      found.ne.join() === trimmed(tensor.ne).join() &&
      found.fileOffset === offset;
    if (!same) throw notAsPlanned(file, `its header is wrong at tensor ${tensor.name}`);
    offset += pad(tensor.bytes, header.alignment);
  }
  return header;
}

/** The VERIFY_FAILED error for a written file. @param what what is wrong with it */
export function notAsPlanned({ path }: Pick<PlannedFile, 'path'>, what: string): WinnowError {
  return new WinnowError('VERIFY_FAILED', say('writtenWrong', { path, what }), { path });
}

/** Dimensions without trailing ones, as read from headers. */
function trimmed(ne: readonly number[]): readonly number[] {
  const last = ne.findLastIndex((n) => n !== 1);
  return ne.slice(0, Math.max(1, last + 1));
}

/** Gives all files their names; if one fails, removes those whose names were free before. */
async function takePlaces(files: readonly PlannedFile[], made: readonly Unfinished[]): Promise<void> {
  const fresh: string[] = [];
  try {
    for (const [i, { path }] of files.entries()) {
      const existed = await exists(path);
      await made[i]?.takePlace();
      if (!existed) fresh.push(path);
    }
  } catch (error) {
    await Promise.all(fresh.map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Makes the renames durable where possible. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // some network and removable file systems cannot sync folders, and some folders are not readable; the files themselves are synced
  }
}

/** The error for a full disk. @param disks the disks that the export writes to, with the sizes of their files */
async function diskFull(
  error: unknown,
  path: string,
  disks: Awaited<ReturnType<typeof bytesByDisk>>,
): Promise<WinnowError> {
  const folder = dirname(path);
  const free = await freeBytes(folder);
  const needed = neededBytes(disks.find(({ folders }) => folders.includes(folder))?.bytes ?? []);
  return new WinnowError(
    'NO_SPACE',
    say('diskBecameFull', { path, folder, free: displayBytes(free), needed: displayBytes(needed) }),
    { path, free, needed },
    error,
  );
}

function asWinnowError(error: unknown, path: string): unknown {
  if (error instanceof WinnowError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new WinnowError('CANCELLED', say('exportCancelled', { path }), { path }, error);
  }
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return unwritable(path, (error as Error).message, error);
    // missing sources have an error of their own
    case 'ENOENT':
      return unwritable(path, 'it was deleted while it was written, or its folder was', error);
    case 'EIO':
      return new WinnowError(
        'FILE_UNREADABLE',
        say('diskFailed', { path, reason: (error as Error).message }),
        { path },
        error,
      );
    case 'EBUSY':
    case 'EFBIG':
      return writeError(path, error);
    default:
      return error;
  }
}

function unwritable(path: string, reason: string, error: unknown): WinnowError {
  return new WinnowError('TARGET_UNWRITABLE', say('targetUnwritable', { path, reason }), { path }, error);
}

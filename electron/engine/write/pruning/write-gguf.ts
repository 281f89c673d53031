// Writes a planned GGUF file: the header, then byte ranges of the sources, in constant memory. It appears under its name only when
// it is complete, synced and read back.
import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Result } from '../../base/backend/protocol.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { msg } from '../../../contract/sentences.ts';
import { errorCode } from '../../base/files/errno.ts';
import { isDiskFull, writeError } from '../../base/files/user-files.ts';
import { openUnfinished, Unfinished } from '../../base/files/unfinished.ts';
import { writeFully } from '../../base/files/write-fully.ts';
import type { PlannedFile } from './planned-file.ts';
import { CHUNK_BYTES, forEachPiece, pad, readFully } from './source-bytes.ts';
import { freeBytes, neededBytes, requireSpace } from '../../base/files/free-space.ts';
import { checkName, checkSourcesUnchanged, prepareFolder, sourceStates } from './target-checks.ts';

/** Bytes written between syncs. A few times this much is left to sync at the end, which cannot be cancelled: seconds on a slow disk. */
export const SYNC_BYTES = 128 << 20;

export type WriteOptions = {
  /** Builds the headers with llama.cpp's own code. */
  readonly backend: Backend;
  readonly overwrite?: boolean;
  /** Where the file lies until it is complete, from `unfinishedPath`, if the caller has a record of that. */
  readonly unfinished?: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes done out of the bytes to write and to read back. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onPhase?: (phase: 'writing' | 'verifying') => void;
  /** A further check of the file after it is read back, where it lies until it is complete; an error that it throws ends the export. */
  readonly verifyFile?: (unfinished: string) => Promise<void>;
  /** Called when the file is complete, synced and read back; it gets its name next. */
  readonly onVerified?: (written: WrittenFile) => void;
};

export type WrittenFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

/**
 * Writes a file and verifies it. On any failure, and on abort, nothing is left of it.
 * @throws WinnowError TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE, FILE_NOT_FOUND, MODEL_CHANGED, VERIFY_FAILED, CANCELLED
 */
export async function writeGguf(file: PlannedFile, options: WriteOptions): Promise<WrittenFile> {
  let header: Uint8Array = new Uint8Array();
  let bytes = 0;
  let done = 0;
  const report = (n: number): void => options.onProgress?.((done += n), 2 * bytes);
  const pass = (): Pass => ({ header, signal: options.signal, report });
  return makeFile(file, options, {
    size: async () => {
      header = await buildMeta(file, options.backend);
      return (bytes = fileBytes(file, header.byteLength));
    },
    write: async (unfinished) => {
      await using out = await openUnfinished(unfinished);
      await writeBytes(out, file, pass());
    },
    verify: async (unfinished) => {
      await requireHeader(file, unfinished, options.backend);
      return { path: file.path, bytes, sha256: await readBack(unfinished, file, pass()) };
    },
  });
}

/** The steps of making a file, in this order. */
type Making = {
  /** Returns the exact bytes; by then the name is free and the folder exists. */
  readonly size: () => Promise<number>;
  readonly write: (unfinished: string) => Promise<void>;
  /** Reads the file back; once the promise has settled, it is on disk. */
  readonly verify: (unfinished: string) => Promise<WrittenFile>;
};

/**
 * Makes a file that appears under its name once it is complete, or not at all if anything fails.
 * @throws WinnowError as `writeGguf`
 */
export async function makeFile(
  file: PlannedFile,
  options: WriteOptions,
  { size, write, verify }: Making,
): Promise<WrittenFile> {
  const { path } = file;
  await checkName(file, options.overwrite ?? false);
  await prepareFolder(path);
  const sources = await sourceStates([file]);
  const bytes = await size();
  await requireSpace(dirname(path), [bytes]);
  try {
    await using made = await Unfinished.file(path, options.unfinished);
    options.onPhase?.('writing');
    await write(made.path);
    await checkSourcesUnchanged(sources);
    options.onPhase?.('verifying');
    const written = await verify(made.path);
    await options.verifyFile?.(made.path);
    options.onVerified?.(written);
    await made.takePlace();
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    throw isDiskFull(error) ? await diskFull(error, path, bytes) : asWinnowError(error, path);
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

/** The bytes of a file: its header, then its tensors from their sources. */
type Pass = {
  readonly header: Uint8Array;
  readonly signal: AbortSignal | undefined;
  /** Receives the bytes of each piece that is done. */
  readonly report: (bytes: number) => void;
};

/** Writes the bytes of a file and syncs them. @param look sees each piece of the tensors before it is written */
export async function writeBytes(
  out: FileHandle,
  file: PlannedFile,
  { header, signal, report }: Pass,
  look: (bytes: Uint8Array) => void = () => {},
): Promise<void> {
  let syncing = Promise.resolve();
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
  try {
    await put(header);
    await forEachPiece(file, signal, async (bytes) => {
      look(bytes);
      await put(bytes);
    });
  } catch (error) {
    await syncing.catch(() => {});
    throw error;
  }
  await syncing;
  await out.sync();
}

/**
 * Reads a written file back and compares every byte with the plan and the sources.
 * @param path where it lies until it is complete
 * @returns its SHA-256
 * @throws WinnowError VERIFY_FAILED
 */
export async function readBack(path: string, file: PlannedFile, { header, signal, report }: Pass): Promise<string> {
  const written = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const hash = createHash('sha256');
  await using handle = await open(path, 'r');
  const { size } = await handle.stat();
  const bytes = fileBytes(file, header.byteLength);
  if (size !== bytes) throw notAsPlanned(file, `it has ${size} bytes instead of ${bytes}`);
  let position = 0;
  const compare = async (expected: Uint8Array): Promise<void> => {
    for (let at = 0; at < expected.byteLength; at += written.byteLength) {
      const wanted = expected.subarray(at, at + written.byteLength);
      const chunk = written.subarray(0, wanted.byteLength);
      await readFully(handle, chunk, position, path);
      if (!chunk.equals(wanted)) throw notAsPlanned(file, `its bytes differ from the source's after ${position}`);
      hash.update(chunk);
      position += chunk.byteLength;
    }
    report(expected.byteLength);
  };
  await compare(header);
  await forEachPiece(file, signal, compare);
  return hash.digest('hex');
}

/**
 * Reads the header of a file that is being written, and requires tensors of these names, types, sizes and shapes, one after
 * the other.
 * @param path where it lies until it is complete
 * @throws WinnowError VERIFY_FAILED
 */
export async function requireHeader(file: PlannedFile, path: string, backend: Backend): Promise<Result<'readGguf'>> {
  await stat(path); // llama.cpp does not distinguish a missing file from a damaged one
  const header = await backend.call('readGguf', { path });
  let offset = header.dataOffset;
  if (header.tensors.length !== file.tensors.length) throw notAsPlanned(file, 'its header lists other tensors');
  for (const [i, tensor] of file.tensors.entries()) {
    const actual = header.tensors[i];
    const same =
      actual?.name === tensor.name &&
      actual.type === tensor.type &&
      actual.bytes === tensor.bytes &&
      actual.ne.join() === trimmed(tensor.ne).join() &&
      actual.fileOffset === offset;
    if (!same) throw notAsPlanned(file, `its header is wrong at tensor ${tensor.name}`);
    offset += pad(tensor.bytes, header.alignment);
  }
  return header;
}

/** The VERIFY_FAILED error for a written file. @param what what is wrong with it */
export function notAsPlanned({ path }: PlannedFile, what: string): WinnowError {
  return new WinnowError('VERIFY_FAILED', msg('writtenWrong', { path, what }), { path });
}

/** Dimensions without trailing ones, as read from headers. */
function trimmed(ne: readonly number[]): readonly number[] {
  const last = ne.findLastIndex((n) => n !== 1);
  return ne.slice(0, Math.max(1, last + 1));
}

/** Makes a rename durable where possible. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // some network and removable file systems cannot sync folders, and some folders are not readable; the files themselves are synced
  }
}

async function diskFull(error: unknown, path: string, bytes: number): Promise<WinnowError> {
  const folder = dirname(path);
  const free = await freeBytes(folder);
  const needed = neededBytes([bytes]);
  return new WinnowError(
    'NO_SPACE',
    msg('diskBecameFull', { path, folder, free: displayBytes(free), needed: displayBytes(needed) }),
    { path, free, needed },
    error,
  );
}

function asWinnowError(error: unknown, path: string): unknown {
  if (error instanceof WinnowError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new WinnowError('CANCELLED', msg('exportCancelled', { path }), { path }, error);
  }
  switch (errorCode(error)) {
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
        msg('diskFailed', { path, reason: (error as Error).message }),
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
  return new WinnowError('TARGET_UNWRITABLE', msg('targetUnwritable', { path, reason }), { path }, error);
}

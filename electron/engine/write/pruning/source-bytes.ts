// Reads the bytes of a planned file from the sources in output order: in large pieces, one ahead.
import { open, type FileHandle } from 'node:fs/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { errorCode } from '../../base/files/errno.ts';
import { readError } from '../../base/files/user-files.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';

/** Size of a piece: large enough for sequential disk speed. Few are in use at a time. */
export const CHUNK_BYTES = 4 << 20;
/** Ranges that lie within this many bytes are read at once. */
const SPAN_BYTES = 1 << 20;
/** Number of sources kept open. The next piece is usually in one of them, but a model may have more parts than a process may open. */
const OPEN_SOURCES = 8;

/** Rounds up to the next multiple of `alignment`, in bytes. */
export function pad(n: number, alignment: number): number {
  return Math.ceil(n / alignment) * alignment;
}

/**
 * Passes the tensor data of a file to `use`, in order and padded, while it reads the next piece. The buffer passed to `use` is
 * overwritten once the returned promise has settled.
 * @throws WinnowError MODEL_CHANGED when a source has become shorter, FILE_NOT_FOUND when it is gone; the signal's reason when it is aborted
 */
export async function forEachPiece(
  file: PlannedFile,
  signal: AbortSignal | undefined,
  use: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const sources = new SourceFiles();
  try {
    await pump(gather(tensorPieces(file, sources)), signal, use);
  } finally {
    await sources.close();
  }
}

/** One step of reading: fills (part of) the given buffer and returns the bytes to write. */
type Read = (buffer: Buffer) => Promise<Buffer>;

/** Reads one step ahead while the previous one is used. */
async function pump(
  reads: Iterable<Read>,
  signal: AbortSignal | undefined,
  use: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  // one is read into while the other is used; outside Node's pool, since they are long-lived
  const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] as const;
  let turn = 0;
  let ahead: Promise<Buffer> | null = null;
  try {
    for (const read of reads) {
      const next = read(buffers[turn % 2 === 0 ? 0 : 1]);
      next.catch(() => {}); // awaited below or in the next turn
      turn++;
      const ready = ahead;
      ahead = next;
      if (ready) await use(await ready);
      signal?.throwIfAborted();
    }
    if (ahead) await use(await ahead);
  } finally {
    await ahead?.catch(() => {});
  }
}

/** Some output bytes and how to get them; `space` is the buffer space that `fill` needs temporarily. */
type Piece = { readonly length: number; readonly space: number; readonly fill: (buffer: Buffer) => Promise<unknown> };

/** Gathers pieces into reads of a full buffer: experts are small, and each write has a cost. */
function* gather(pieces: Iterable<Piece>): Generator<Read> {
  let batch: Piece[] = [];
  let length = 0;
  const read =
    (parts: readonly Piece[], total: number): Read =>
    async (buffer) => {
      let at = 0;
      for (const part of parts) {
        await part.fill(buffer.subarray(at, at + part.space));
        at += part.length;
      }
      return buffer.subarray(0, total);
    };
  for (const piece of pieces) {
    if (length + piece.space > CHUNK_BYTES) {
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
    for (const span of cutSpans(tensor)) yield* spanPieces(tensor, span, sources);
    const padding = pad(tensor.bytes, file.alignment) - tensor.bytes;
    if (padding > 0) {
      yield { length: padding, space: padding, fill: (buffer) => Promise.resolve(buffer.fill(0)) };
    }
  }
}

function* spanPieces({ sourcePath }: PlannedTensor, span: Span, sources: SourceFiles): Generator<Piece> {
  const [first] = span;
  if (span.length === 1 && first) {
    for (let at = 0; at < first.length; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, first.length - at);
      yield { length, space: length, fill: (buffer) => sources.read(sourcePath, buffer, first.offset + at) };
    }
    return;
  }
  const start = first?.offset ?? 0;
  const fill = async (buffer: Buffer): Promise<void> => {
    await sources.read(sourcePath, buffer, start);
    let end = 0;
    for (const { offset, length } of span) {
      const from = offset - start;
      buffer.copyWithin(end, from, from + length); // ascending order: nothing is overwritten before it is moved
      end += length;
    }
  };
  yield { length: span.reduce((sum, { length }) => sum + length, 0), space: spanBytes(span), fill };
}

/** Ascending ranges that are read together and cut in memory: a few bytes each for a router, a few kilobytes for a narrowed expert. */
type Span = PlannedTensor['ranges'];

function* cutSpans({ ranges }: PlannedTensor): Generator<Span> {
  let span: PlannedTensor['ranges'][number][] = [];
  for (const range of ranges) {
    const last = span.at(-1);
    const ascends = last !== undefined && range.offset >= last.offset + last.length;
    if (last && !(ascends && spanBytes([span[0]!, range]) <= SPAN_BYTES)) {
      yield span;
      span = [];
    }
    span.push(range);
  }
  if (span.length > 0) yield span;
}

/** Bytes from the beginning of the first range to the end of the last. */
function spanBytes(span: Span): number {
  const last = span.at(-1);
  return last ? last.offset + last.length - (span[0]?.offset ?? 0) : 0;
}

type Source = { readonly handle: Promise<FileHandle>; readers: number };

class SourceFiles {
  /** In order of use, the most recently used last. */
  readonly #open = new Map<string, Source>();

  async read(path: string, buffer: Buffer, position: number): Promise<Buffer> {
    const source = this.#open.get(path) ?? { handle: openSource(path), readers: 0 };
    this.#open.delete(path);
    this.#open.set(path, source);
    source.readers++;
    try {
      await readFully(await source.handle, buffer, position, path);
    } finally {
      source.readers--;
    }
    await this.#closeOldest();
    return buffer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(closeSource));
  }

  async #closeOldest(): Promise<void> {
    for (const [path, source] of this.#open) {
      if (this.#open.size <= OPEN_SOURCES) return;
      if (source.readers > 0) continue;
      this.#open.delete(path);
      await closeSource(source);
    }
  }
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw errorCode(error) === 'ENOENT' ? sourceGone(path) : readError(path, error);
  }
}

async function closeSource({ handle }: Source): Promise<void> {
  await handle.then((file) => file.close()).catch(() => {}); // a failure to open was reported when it was read
}

/** Fills the buffer from a position in the file. @throws WinnowError MODEL_CHANGED at the end of the file */
export async function readFully(handle: FileHandle, buffer: Buffer, position: number, path: string): Promise<void> {
  for (let at = 0; at < buffer.byteLength;) {
    const { bytesRead } = await handle.read(buffer, at, buffer.byteLength - at, position + at);
    if (bytesRead === 0) throw new WinnowError('MODEL_CHANGED', msg('becameShorter', { path }), { path });
    at += bytesRead;
  }
}

/** The error for a source that existed when the work began and is gone. */
export function sourceGone(path: string): WinnowError {
  return new WinnowError('FILE_NOT_FOUND', msg('sourceGone', { path }), { path });
}

// The format of a run bundle (`.winnow`): a line that says what it is, then sealed blobs one after the other, so that it can be
// written and read with constant memory.
import { open, type FileHandle } from 'node:fs/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { readError, replaceFile } from '../../base/files/user-files.ts';
import { HEADER_BYTES, sealedBytes } from '../../store/blobs.ts';

/** First lines of the versions. Older versions wrote fewer blobs for each demo: the head says how many. */
const FIRST_LINES = ['winnow run bundle 2\n', 'winnow run bundle 1\n'].map((line) => Buffer.from(line));
const [FIRST_LINE] = FIRST_LINES as [Buffer, Buffer];

/** The largest blob: what scoring keeps of the longest demo, a million tokens in a hundred layers, takes 200 MB. */
const MAX_BLOB_BYTES = 256 << 20;

/**
 * @param blobs as `sealBlob` makes them
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE, and what `blobs` throws; no file is left under the name then
 */
export async function writeBundle(path: string, blobs: AsyncIterable<Uint8Array>): Promise<void> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield FIRST_LINE;
    yield* blobs;
  }
  await replaceFile(path, bytes());
}

/**
 * The blobs in their order, still sealed.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE; SCORES_INVALID: not a run bundle, or a damaged one
 */
export async function* readBundle(path: string): AsyncGenerator<Buffer> {
  let file: FileHandle | null = null;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const line = await readAt(file, 0, Math.min(FIRST_LINE.length, size));
    if (!FIRST_LINES.some((known) => known.equals(line))) {
      throw badBundle(path, 'it does not begin like one. It may come from a newer Winnow');
    }
    let offset = FIRST_LINE.length;
    while (offset < size) {
      const header = await readAt(file, offset, Math.min(HEADER_BYTES, size - offset));
      const bytes = inBundle(path, () => sealedBytes(header));
      if (offset + bytes > size) throw badBundle(path, 'its end is missing');
      if (bytes > MAX_BLOB_BYTES) throw badBundle(path, 'it holds more of one demo than a run can');
      yield await readAt(file, offset, bytes);
      offset += bytes;
    }
  } catch (error) {
    throw error instanceof WinnowError ? error : readError(path, error);
  } finally {
    await file?.close();
  }
}

/**
 * Reads something from a bundle's blobs, with errors that name the file.
 * @throws WinnowError SCORES_INVALID for whatever `read` throws
 */
export function inBundle<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badBundle(path, 'it is damaged', error);
  }
}

/** The SCORES_INVALID error for a file that is not a bundle, or a damaged one. */
export function badBundle(path: string, reason: string, cause?: unknown): WinnowError {
  return new WinnowError('SCORES_INVALID', say('bundleUnreadable', { path, reason }), { path, reason }, cause);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

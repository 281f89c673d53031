// Stores a stream as a file: readers of files read them more than once, and not only from the start.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WinnowError } from '../../contract/errors.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { say } from '../../contract/sentences.ts';
import { writeError } from '../base/files/user-files.ts';
import { makeScratchFolder } from './scratch-folder.ts';

/** Enough for demos of whole archives; an endless stream stops here before it has filled the disk. */
const MAX_SPOOLED_BYTES = 4 * 1024 ** 3;

/**
 * Writes all of the stream to a scratch file, which is removed when the process ends.
 * @param folder where scratch files lie
 * @param name the file's name, which people read as its source
 * @param maxBytes the most that the stream may deliver
 * @returns the file's path
 * @throws WinnowError FILE_UNREADABLE: it is larger; NO_SPACE, TARGET_UNWRITABLE, CANCELLED
 */
export async function spool(
  stream: NodeJS.ReadableStream,
  { folder, name, signal, maxBytes = MAX_SPOOLED_BYTES }: SpoolOptions,
): Promise<string> {
  const scratch = await makeScratchFolder(folder, 'spool');
  const path = join(scratch.path, name);
  try {
    await pipeline(stream, (pieces) => bounded(pieces, maxBytes, name), createWriteStream(path, { mode: 0o600 }), {
      signal,
    });
    return path;
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    if (signal.aborted) throw new WinnowError('CANCELLED', say('cancelledReading', { name }));
    throw error instanceof WinnowError ? error : writeError(path, error);
  }
}

type SpoolOptions = {
  readonly folder: string;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly maxBytes?: number;
};

async function* bounded(
  pieces: AsyncIterable<string | Buffer>,
  maxBytes: number,
  name: string,
): AsyncGenerator<string | Buffer> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += Buffer.byteLength(piece);
    if (bytes > maxBytes)
      throw new WinnowError('FILE_UNREADABLE', say('inputTooLarge', { name, limit: displayBytes(maxBytes) }));
    yield piece;
  }
}

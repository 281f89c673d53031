// Reads all of a file that a user names, and counts its bytes meanwhile: devices, pipes and growing files have no reliable size.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

const PIECE_BYTES = 1 << 20;

/** The first wait for an empty pipe; it doubles each time that the pipe is still empty. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;

/** A blocking system call would outlive every signal; Windows has neither the flag nor such pipes. */
const WITHOUT_BLOCKING = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK;

type WholeRead = {
  /** A known size above it is refused after the first piece; otherwise reading ends at the first byte above it. */
  readonly maxBytes: number;
  readonly tooLarge: () => WinnowError;
  /** Checks the first piece, and throws if the file is of the wrong kind. */
  readonly checkHead?: (head: Buffer) => void;
  /** Ends the reading, even of a silent pipe. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Reads a whole file, with at most `maxBytes` and one piece in memory. For a named pipe, it waits until somebody writes to it.
 * @throws WinnowError what `tooLarge` returns; CANCELLED; and whatever opening, reading and `checkHead` throw, unchanged
 */
export async function readWhole(path: string, { maxBytes, tooLarge, checkHead, signal }: WholeRead): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  await using file = await open(path, WITHOUT_BLOCKING);
  const info = await file.stat();
  // a named pipe seems to be at its end until the first writer comes; one that others opened, such as standard input, had its writer
  const isAwaited = info.isFIFO() && !/^\/(dev|proc)\//.test(resolve(path));
  for await (const piece of readPieces(file, path, isAwaited, signal)) {
    if (bytes === 0) {
      checkHead?.(piece);
      if (info.size > maxBytes) throw tooLarge();
    }
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function* readPieces(
  file: FileHandle,
  path: string,
  isPipeAwaited: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let isAwaited = isPipeAwaited;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    if (signal?.aborted) throw new WinnowError('CANCELLED', msg('cancelledReading', { name: path }));
    const piece = await readPiece(file);
    if (piece === 'nothing yet') isAwaited = false;
    else if (piece.length > 0) {
      wait = FIRST_WAIT_MS;
      isAwaited = false;
      yield piece;
      continue;
    } else if (!isAwaited) return;
    await sleep(wait, undefined, { signal }).catch(() => {});
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

/** @returns an empty buffer at the end; 'nothing yet': a pipe whose writer is silent */
async function readPiece(file: FileHandle): Promise<Buffer | 'nothing yet'> {
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'nothing yet';
    throw error;
  }
}

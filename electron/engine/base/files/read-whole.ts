// All of a file that a user names, counted as it is read: devices, pipes and files that grow have no size that holds.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';

const PIECE_BYTES = 1 << 20;

/** How long an empty pipe is left alone; twice as long each time that it still is. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;

/** A blocked call of the system would outlive every signal; Windows has no such flag, and no such pipes. */
const WITHOUT_BLOCKING = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK;

type WholeRead = {
  /** A size beyond it is refused after the first piece; where none is known, the first byte beyond it ends the reading. */
  readonly maxBytes: number;
  /** What a larger file is refused by. */
  readonly tooLarge: () => WinnowError;
  /** Looks at the first piece, and throws where the file is of the wrong kind. */
  readonly checkHead?: (head: Buffer) => void;
  /** Ends the reading, of a silent pipe too. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * At most `maxBytes` and one piece are held in memory. A named pipe is waited for until somebody writes into it.
 * @throws WinnowError what `tooLarge` gives; CANCELLED; and what opening, reading and `checkHead` throw, as it is
 */
export async function readWhole(path: string, { maxBytes, tooLarge, checkHead, signal }: WholeRead): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  await using file = await open(path, WITHOUT_BLOCKING);
  const info = await file.stat();
  // it looks at its end until the first writer comes; what others have opened, such as standard input, has had its writer
  const isAwaited = info.isFIFO() && !/^\/(dev|proc)\//.test(resolve(path));
  for await (const piece of piecesOf(file, path, isAwaited, signal)) {
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

async function* piecesOf(
  file: FileHandle,
  path: string,
  isPipeAwaited: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let isAwaited = isPipeAwaited;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    if (signal?.aborted) throw new WinnowError('CANCELLED', say('cancelledReading', { name: path }));
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

/** @returns empty at the end; 'nothing yet': a pipe whose writer is silent */
async function readPiece(file: FileHandle): Promise<Buffer | 'nothing yet'> {
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'nothing yet';
    throw error;
  }
}

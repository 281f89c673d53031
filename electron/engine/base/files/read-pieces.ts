// The bytes of a large file, piece by piece.
import type { FileHandle } from 'node:fs/promises';

/** Large enough to reach the speed of a disk. */
const PIECE_BYTES = 4 << 20;

/**
 * Reads a file piece by piece. The next piece is read while the caller works on the current one, whose buffer is then reused.
 * @param to where to stop; absent: at the end of the file
 */
export async function* readPieces(file: FileHandle, from = 0, to = Infinity): AsyncGenerator<Buffer, void, void> {
  const size = Math.min(PIECE_BYTES, to - from);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  const readAt = (turn: 0 | 1, position: number) =>
    file.read(buffers[turn], 0, Math.min(size, to - position), position);
  let turn: 0 | 1 = 0;
  let position = from;
  let reading = readAt(turn, position);
  for (;;) {
    const { buffer, bytesRead } = await reading;
    if (bytesRead === 0) return;
    position += bytesRead;
    turn = turn === 0 ? 1 : 0;
    reading = readAt(turn, position);
    reading.catch(() => {}); // the error is thrown when the read is awaited
    yield buffer.subarray(0, bytesRead);
  }
}

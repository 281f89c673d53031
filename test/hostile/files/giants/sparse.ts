// Large files that cost little to make: pieces written again and again, and holes.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;

/** A piece, or one that is repeated until so many bytes are filled, or a hole. */
export type Piece = Buffer | string | { readonly repeat: string; readonly bytes: number } | { readonly hole: number };

export function writePieces(path: string, pieces: readonly Piece[]): void {
  const file = openSync(path, 'w');
  let at = 0;
  try {
    for (const piece of pieces) {
      if (typeof piece === 'string' || Buffer.isBuffer(piece)) {
        at += writeSync(file, Buffer.from(piece), 0, undefined, at);
      } else if ('hole' in piece) {
        at += piece.hole;
        ftruncateSync(file, at);
      } else {
        const chunk = Buffer.from(piece.repeat.repeat(Math.ceil(CHUNK_BYTES / piece.repeat.length)));
        for (const end = at + piece.bytes; at < end;)
          at += writeSync(file, chunk, 0, Math.min(chunk.length, end - at), at);
      }
    }
  } finally {
    closeSync(file);
  }
}

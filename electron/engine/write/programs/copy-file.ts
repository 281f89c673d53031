// Copies a large file: at once if the file system lets two files share blocks, otherwise piece by piece.
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeError } from '../../base/files/user-files.ts';
import { takeName } from '../../base/files/windows.ts';

const PIECE_BYTES = 4 << 20;

/**
 * Copies a file. The target gets its name only when it is complete.
 * @param onCopied called with the bytes of each copied piece; not called if the files share their blocks
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE; the signal's reason
 */
export async function copyWhole(
  source: string,
  target: string,
  onCopied: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const part = `${target}.part`;
  try {
    const isShared = await copyFile(source, part, constants.COPYFILE_FICLONE_FORCE).then(
      () => true,
      () => false,
    );
    if (!isShared) {
      const count = new Transform({
        transform: (piece: Uint8Array, _encoding, done) => {
          onCopied(piece.length);
          done(null, piece);
        },
      });
      await pipeline(
        createReadStream(source, { highWaterMark: PIECE_BYTES }),
        count,
        createWriteStream(part, { highWaterMark: PIECE_BYTES, flush: true }),
        signal ? { signal } : {},
      );
    }
    await takeName(part, target);
  } catch (error) {
    await rm(part, { force: true });
    signal?.throwIfAborted();
    throw writeError(target, error);
  }
}

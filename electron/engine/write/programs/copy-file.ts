// Copies a large file: at once if the file system lets two files share blocks, otherwise piece by piece.
import { constants, createReadStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeError } from '../../base/files/user-files.ts';
import { openUnfinished, Unfinished } from '../../base/files/unfinished.ts';

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
  try {
    await using unfinished = await Unfinished.file(target);
    const { path } = unfinished;
    if (!(await isShared(source, path))) {
      const count = new Transform({
        transform: (piece: Uint8Array, _encoding, done) => {
          onCopied(piece.length);
          done(null, piece);
        },
      });
      const file = await openUnfinished(path);
      await pipeline(
        createReadStream(source, { highWaterMark: PIECE_BYTES }),
        count,
        file.createWriteStream({ highWaterMark: PIECE_BYTES, flush: true }),
        signal ? { signal } : {},
      );
    }
    await unfinished.takePlace();
  } catch (error) {
    signal?.throwIfAborted();
    throw writeError(target, error);
  }
}

/** Lets a file share the blocks of another. @returns false: the file system does not allow that */
function isShared(source: string, path: string): Promise<boolean> {
  return copyFile(source, path, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

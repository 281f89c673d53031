// A file as a decoder may read it: each byte about twice at most, whatever the file's own tables say, and with a sign of life for
// each piece, since disks can be slow.
import type { FileHandle } from 'node:fs/promises';

const PIECE_BYTES = 4 * 1024 * 1024;
/** Allowance for lengths and magic numbers, which decoders read separately. */
const SMALL_READS = 64 * 1024;

export class BoundedFile {
  readonly sizeBytes: number;
  readonly #file: FileHandle;
  readonly #alive: () => void;
  #left: number;

  private constructor(file: FileHandle, sizeBytes: number, alive: () => void) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
    this.#alive = alive;
    this.#left = 2 * sizeBytes + SMALL_READS;
  }

  /** @param alive called at every read; throws when the work was cancelled */
  static async of(file: FileHandle, alive: () => void): Promise<BoundedFile> {
    return new BoundedFile(file, (await file.stat()).size, alive);
  }

  /**
   * As FileHandle.read.
   * @throws Error if the decoder reads the same bytes again and again
   */
  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }> {
    this.#left -= length;
    if (this.#left < 0) throw new Error('its parts overlap, or follow each other in a circle');
    this.#alive();
    return this.#file.read(buffer, offset, length, position);
  }

  /**
   * The bytes from `start` up to, but not including, `end`, or to the end of the file.
   * @throws Error as `read`
   */
  async slice(start: number, end = this.sizeBytes): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, this.sizeBytes) - start));
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await this.read(bytes, done, Math.min(PIECE_BYTES, bytes.length - done), start + done);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      done += bytesRead;
    }
    return bytes.buffer;
  }
}

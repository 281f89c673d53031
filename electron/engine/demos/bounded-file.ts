// A file as a decoder may read it: each byte about twice at most, whatever the file's own tables say, and with a sign of life for
// each piece, since disks can be slow.
import type { FileHandle } from 'node:fs/promises';

const PIECE_BYTES = 4 * 1024 * 1024;
/** Allowance for lengths and magic numbers, which decoders read separately. */
const SMALL_READS = 64 * 1024;

export class BoundedFile {
  readonly byteLength: number;
  readonly #file: FileHandle;
  readonly #alive: () => void;
  #left: number;

  private constructor(file: FileHandle, byteLength: number, alive: () => void) {
    this.#file = file;
    this.byteLength = byteLength;
    this.#alive = alive;
    this.#left = 2 * byteLength + SMALL_READS;
  }

  /** @param alive called at every read; throws when the work was cancelled */
  static async of(file: FileHandle, alive: () => void): Promise<BoundedFile> {
    return new BoundedFile(file, (await file.stat()).size, alive);
  }

  /**
   * The bytes from `start` up to, but not including, `end`, or to the end of the file.
   * @throws Error if the decoder reads the same bytes again and again
   */
  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, this.byteLength) - start));
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(PIECE_BYTES, bytes.length - done);
      this.#left -= length;
      if (this.#left < 0) throw new Error('its parts overlap, or follow each other in a circle');
      this.#alive();
      const { bytesRead } = await this.#file.read(bytes, done, length, start + done);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      done += bytesRead;
    }
    return bytes.buffer;
  }
}

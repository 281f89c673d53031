// Writes every byte: one system call may take fewer than it was given, as on a disk that is nearly full.
import type { FileHandle } from 'node:fs/promises';

/** @param position where the first byte goes; undefined: after what was written last */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const at = position === undefined ? null : position + done;
    done += (await file.write(bytes, done, bytes.byteLength - done, at)).bytesWritten;
  }
}

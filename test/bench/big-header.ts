// Models that are hard to inspect: a header of hundreds of megabytes, and a split into a hundred parts.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';

const GGUF_TYPE_STRING = 8;
const GGUF_TYPE_ARRAY = 9;
/** magic, version, number of tensors, number of keys */
const FIXED_HEADER_BYTES = 24;
/** Length and text of one string: eight characters, as long as vocabulary entries are on average. */
const ENTRY_BYTES = 16;
const CHUNK_ENTRIES = 1 << 16;

/**
 * Copies a GGUF with one more key in front: an array of strings that makes the header `bytes` longer. Tensor data keep
 * their alignment, since every part of the key is a multiple of 32 bytes long.
 */
export async function writeWithBigHeader(source: string, target: string, bytes: number): Promise<void> {
  const model = await readFile(source);
  const fixed = Buffer.from(model.subarray(0, FIXED_HEADER_BYTES));
  fixed.writeBigUInt64LE(fixed.readBigUInt64LE(16) + 1n, 16);

  const count = Math.floor(bytes / ENTRY_BYTES / 2) * 2; // 2 entries of 16 bytes are 32
  const name = 'winnow.bench.padding'.padEnd(40, '_');
  const key = Buffer.alloc(8 + name.length + 4 + 4 + 8);
  let at = key.writeBigUInt64LE(BigInt(name.length), 0);
  at += key.write(name, at, 'latin1');
  at = key.writeUInt32LE(GGUF_TYPE_ARRAY, at);
  at = key.writeUInt32LE(GGUF_TYPE_STRING, at);
  key.writeBigUInt64LE(BigInt(count), at);

  const out = createWriteStream(target);
  out.write(fixed);
  out.write(key);
  for (let done = 0; done < count; done += CHUNK_ENTRIES) {
    const n = Math.min(CHUNK_ENTRIES, count - done);
    const chunk = Buffer.alloc(n * ENTRY_BYTES, '-');
    for (let i = 0; i < n; i++) {
      const start = chunk.writeBigUInt64LE(BigInt(ENTRY_BYTES - 8), i * ENTRY_BYTES);
      chunk.write((done + i).toString(36), start, 'latin1');
    }
    if (!out.write(chunk)) await once(out, 'drain');
  }
  out.end(model.subarray(FIXED_HEADER_BYTES));
  await finished(out);
}

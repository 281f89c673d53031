// A hash of samples of a model's bytes: by it lists know models that were used, without reading every byte. Different files may
// share it.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { GgufHeader } from '../../contract/model-info.ts';

/** Covers the keys and tensor names of most models. */
const HEAD_BYTES = 64 << 10;
/** Samples of the tensor data: models trained further from one another share header and size, but not these. */
const SAMPLES = 256;
const SAMPLE_BYTES = 4 << 10;

/**
 * SHA-256, hex, over each part's size, its first 64 KiB and 256 blocks of 4 KiB that are spread evenly over all parts, together
 * with the keys of all headers.
 * @param files the parts in order with their sizes in bytes
 */
export async function sampledFingerprint(
  files: readonly { readonly path: string; readonly bytes: number }[],
  headers: readonly GgufHeader[],
): Promise<string> {
  return withKeys(await hashOfSamples(files), headers);
}

async function hashOfSamples(files: readonly { readonly path: string; readonly bytes: number }[]): Promise<string> {
  const hash = createHash('sha256');
  const samplesPerPart = Math.max(1, Math.ceil(SAMPLES / files.length));
  for (const { path, bytes } of files) {
    hash.update(`${bytes}\n`);
    await using file = await open(path, 'r');
    const read = async (position: number, length: number): Promise<void> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    };
    await read(0, HEAD_BYTES);
    for (let i = 1; i <= samplesPerPart; i++) {
      await read(Math.max(0, Math.floor((bytes * i) / samplesPerPart) - SAMPLE_BYTES), SAMPLE_BYTES);
    }
  }
  return hash.digest('hex');
}

/** Adds the headers' keys to a hash. A chat template lies after the vocabulary, where there may be no sample. */
function withKeys(hashOfData: string, headers: readonly GgufHeader[]): string {
  const hash = createHash('sha256').update(hashOfData);
  const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  for (const { kv } of headers) hash.update(JSON.stringify(kv, text));
  return hash.digest('hex');
}

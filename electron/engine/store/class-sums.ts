// The sums of a demo's tokens by class as a BLOB. Most experts see no token of the smaller classes, so only entries that do
// take space: 24 bytes each, and one bit for every other entry.
import { SUMS, sumsOf, type ClassSums, type ExpertSums } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { TOKEN_CLASSES, type TokenClass } from '../../contract/token-classes.ts';
import { finite, openBlob, sealBlob } from './blobs.ts';

/**
 * For each class in the order of TOKEN_CLASSES: a bit for each entry that a token of the class went to, padded to 4 bytes,
 * then the six sums of each of these entries as float32.
 * @param length entries of each matrix: MoE layers × experts
 */
export function encodeClassSums(sums: ClassSums, length: number): Buffer {
  const parts = TOKEN_CLASSES.map((tokenClass) => {
    const ofClass = sums[tokenClass];
    const used = usedEntries(ofClass, length);
    const values = Float32Array.from(used.flatMap((entry) => SUMS.map((name) => ofClass![name][entry]!)));
    return Buffer.concat([bitsOf(used, length), new Uint8Array(values.buffer)]);
  });
  return sealBlob(Buffer.concat(parts));
}

/** @throws WinnowError STORE when the blob is damaged or of another length */
export function decodeClassSums(blob: Uint8Array, length: number): ClassSums {
  const payload = openBlob(blob);
  const bitBytes = bytesOfBits(length);
  let at = 0;
  const entries = TOKEN_CLASSES.map((tokenClass): [TokenClass, ExpertSums] | null => {
    const bits = payload.subarray(at, at + bitBytes);
    const used = Array.from({ length }, (_, entry) => entry).filter((entry) => (bits[entry >> 3]! >> (entry & 7)) & 1);
    at += bitBytes;
    const bytes = used.length * SUMS.length * Float32Array.BYTES_PER_ELEMENT;
    if (at + bytes > payload.length) throw misfit(payload, length);
    const values = finite(new Float32Array(payload.buffer, at, used.length * SUMS.length));
    at += bytes;
    if (used.length === 0) return null;
    const sums = sumsOf(() => new Float64Array(length));
    used.forEach((entry, i) => SUMS.forEach((name, j) => (sums[name][entry] = values[i * SUMS.length + j]!)));
    return [tokenClass, sums];
  });
  if (at !== payload.length) throw misfit(payload, length);
  return Object.fromEntries(entries.filter((entry) => entry !== null));
}

/** The sums of the given classes, added up in that order into new arrays. */
export function addClassSums(sums: ClassSums, classes: readonly TokenClass[], length: number): ExpertSums {
  const total = sumsOf(() => new Float64Array(length));
  for (const tokenClass of classes) {
    const ofClass = sums[tokenClass];
    if (!ofClass) continue;
    for (const name of SUMS) {
      const into = total[name];
      const from = ofClass[name];
      for (let i = 0; i < length; i++) into[i] = into[i]! + from[i]!;
    }
  }
  return total;
}

function usedEntries(sums: ExpertSums | undefined, length: number): number[] {
  if (!sums) return [];
  if (sums.count.length !== length) throw new RangeError(`sums of ${sums.count.length} entries, not ${length}`);
  return Array.from(sums.count.keys()).filter((entry) => sums.count[entry]! > 0);
}

function bytesOfBits(length: number): number {
  return 4 * Math.ceil(length / 32);
}

function bitsOf(entries: readonly number[], length: number): Uint8Array {
  const bits = new Uint8Array(bytesOfBits(length));
  for (const entry of entries) bits[entry >> 3] = bits[entry >> 3]! | (1 << (entry & 7));
  return bits;
}

function misfit({ length: bytes }: Uint8Array, length: number): WinnowError {
  const what = `it holds ${bytes} bytes of classes, which do not fit ${length} experts`;
  return new WinnowError('STORE', say('storedMatrixDamaged', { what }));
}

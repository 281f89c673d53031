import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SUMS, type ExpertSums } from '../../../electron/contract/criteria.ts';
import { decodeSums, encodeSums, openBlob, sealBlob } from '../../../electron/engine/store/blobs.ts';
import { thrownBy } from './support.ts';
import { sumsOf } from './tiny-run.ts';

const bytesOf = (sums: ExpertSums): Uint8Array[] =>
  SUMS.map((name) => new Uint8Array(sums[name].buffer, sums[name].byteOffset, sums[name].byteLength));

/** Exponents of all ones are those of NaN and infinities. */
const isFinite64 = (bits: bigint): boolean => ((bits >> 52n) & 0x7ffn) !== 0x7ffn;

test('sums come back to the bit: any finite doubles, negative zero included', () => {
  const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).filter(isFinite64);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.infiniteStream(bits), (length, stream) => {
      const matrix = (): Float64Array => new Float64Array(BigUint64Array.from(stream.take(length)).buffer);
      const sums = Object.fromEntries(SUMS.map((name) => [name, matrix()])) as unknown as ExpertSums;
      expect(bytesOf(decodeSums(encodeSums(sums), length))).toEqual(bytesOf(sums));
    }),
  );
});

test('the payload is the matrices in the order of SUMS, little-endian float64', () => {
  const blob = encodeSums(sumsOf(5, 2));
  const doubles = Array.from({ length: 12 }, (_, i) => blob.readDoubleLE(16 + 8 * i));
  expect(doubles).toEqual([0, 1, 2, 3, 4, 5].flatMap((m) => [5 + m / 8, 5 + m / 8 + 1 / 3]));
});

test('a blob is read at any alignment, as the database hands it out', () => {
  const blob = encodeSums(sumsOf(1));
  const shifted = Buffer.alloc(blob.length + 3);
  blob.copy(shifted, 3);
  expect(decodeSums(shifted.subarray(3), 24)).toEqual(sumsOf(1));
});

test('any changed byte, and any cut, is told from numbers', () => {
  const blob = encodeSums(sumsOf(2, 2));
  for (let i = 0; i < blob.length; i++) {
    // The last header word is spare.
    if (i >= 12 && i < 16) continue;
    const changed = Buffer.from(blob);
    changed[i]! ^= 0x10;
    expect(thrownBy(() => decodeSums(changed, 2)).code, `byte ${i}`).toBe('STORE');
  }
  for (const cut of [0, 8, 16, blob.length - 1]) {
    expect(thrownBy(() => decodeSums(blob.subarray(0, cut), 2)).code, `cut at ${cut}`).toBe('STORE');
  }
});

test('sums of another model shape are refused', () => {
  expect(thrownBy(() => decodeSums(encodeSums(sumsOf(2, 4)), 5)).message).toMatch(/192 bytes .* need 240/);
  expect(() => encodeSums({ ...sumsOf(1), gate: new Float64Array(3) })).toThrow(/different lengths: gate/);
});

test('a view is sealed without its neighbours', () => {
  const halves = new Uint16Array([1, 2, 3, 4]).subarray(1, 3);
  expect(new Uint16Array(openBlob(sealBlob(halves)).buffer)).toEqual(new Uint16Array([2, 3]));
});

test.each([NaN, Infinity, -Infinity])('%d is neither stored nor read', (value) => {
  const sums = sumsOf(1, 2);
  const sound = encodeSums(sums);
  sums.norm[1] = value;
  expect(() => encodeSums(sums)).toThrow(RangeError);
  expect(() => sealBlob(Float32Array.of(0, value))).toThrow(RangeError);
  // as a version that did not look wrote it
  const payload = Buffer.from(sound.subarray(16));
  payload.writeDoubleLE(value, 8);
  expect(thrownBy(() => decodeSums(sealBlob(payload), 2))).toMatchObject({
    code: 'STORE',
    message: expect.stringContaining('not numbers') as string,
  });
});

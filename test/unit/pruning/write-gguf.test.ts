// Sizes of files before they are written.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlannedFile } from '../../../electron/engine/write/pruning/planned-file.ts';
import { fileBytes } from '../../../electron/engine/write/pruning/write-gguf.ts';

function file(alignment: number, sizes: readonly number[]): PlannedFile {
  const tensors = sizes.map((bytes, i) => ({
    name: `t${i}`,
    type: 'i8',
    ne: [bytes],
    bytes,
    sourcePath: '/models/tiny.gguf',
    ranges: [{ offset: 0, length: bytes }],
  }));
  return { path: '/out.gguf', keysFrom: null, remove: [], set: [], alignment, tensors };
}

describe('the size of a file', () => {
  test.each([
    { alignment: 32, sizes: [], expected: 96 },
    { alignment: 32, sizes: [1], expected: 96 + 32 },
    { alignment: 32, sizes: [32, 33], expected: 96 + 32 + 64 },
    { alignment: 64, sizes: [32, 33, 65], expected: 96 + 64 + 64 + 128 },
    { alignment: 1, sizes: [5, 7], expected: 96 + 12 },
  ])('header of 96 and $sizes at multiples of $alignment: $expected', ({ alignment, sizes, expected }) => {
    expect(fileBytes(file(alignment, sizes), 96)).toBe(expected);
  });

  test('every tensor, the last one too, is padded by less than the alignment', () => {
    const alignments = fc.constantFrom(1, 8, 32, 64, 4096);
    fc.assert(
      fc.property(alignments, fc.array(fc.integer({ min: 1, max: 1e9 })), (alignment, sizes) => {
        const padding = fileBytes(file(alignment, sizes), 0) - sizes.reduce((sum, n) => sum + n, 0);
        expect(padding).toBeGreaterThanOrEqual(0);
        expect(padding).toBeLessThanOrEqual(sizes.length * (alignment - 1));
        expect(fileBytes(file(alignment, sizes), 0) % alignment).toBe(0);
      }),
    );
  });
});

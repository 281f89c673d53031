import { expect, test } from 'vitest';
import { observingBytes } from '../../../electron/engine/models/placement/observing-memory.ts';

test('observing a model of 48 layers of 128 experts takes what its parts say', () => {
  const shape = { nLayers: 48, nExpert: 128, nExpertUsed: 8, nEmbd: 2048, nVocab: 151_936 };
  // 128 pairs of 8 bytes and 18 992 bytes of bits for each of 6144 experts
  const routing = { outputs: false, outliers: false, logits: false };
  expect(observingBytes(shape, routing, 512)).toBe(6144 * (1024 + 18_992));
  // and their products, 2048 sums and sums of squares, two bounds, and 512 tokens' outputs of one layer
  const all = { outputs: true, outliers: true, logits: true };
  expect(observingBytes(shape, all, 512)).toBe(6144 * (3 * 1024 + 18_992 + 2048 * 24) + 512 * 8 * 2048 * 4);
});

import { describe, expect, it } from 'vitest';
import { kvCacheBytes } from '../../../electron/engine/models/placement/kv-cache.ts';
import { failure } from '../selection/matrices.ts';

describe('kvCacheBytes', () => {
  it('is blocks × heads × (key + value) × 2 bytes × cells', () => {
    // Qwen3-30B-A3B: 48 blocks, 4 heads of 128 + 128: 98304 bytes per token.
    const qwen = { blockCount: 48, headCountKv: 4, keyLength: 128, valueLength: 128 };
    expect(kvCacheBytes(qwen, 8192)).toBe(98_304 * 8192);
  });

  it('adds the heads of each block', () => {
    const mixed = { blockCount: 3, headCountKv: [2, 0, 4], keyLength: 8, valueLength: 4 };
    expect(kvCacheBytes(mixed, 256)).toBe(6 * 12 * 2 * 256);
  });

  it('rounds the context up to 256 cells', () => {
    const one = { blockCount: 1, headCountKv: 1, keyLength: 1, valueLength: 1 };
    expect(kvCacheBytes(one, 1)).toBe(4 * 256);
    expect(kvCacheBytes(one, 257)).toBe(4 * 512);
  });

  it('takes the bytes of a quantised cache', () => {
    const q8 = { blockCount: 1, headCountKv: 1, keyLength: 32, valueLength: 32, bytesPerElement: 34 / 32 };
    expect(kvCacheBytes(q8, 256)).toBe(256 * 68);
  });

  it('refuses a list that is too short', () => {
    expect(() => kvCacheBytes({ blockCount: 3, headCountKv: [1, 1], keyLength: 1, valueLength: 1 }, 1)).toThrow(
      failure('GGUF_CORRUPT', '2 entries for 3 blocks'),
    );
  });
});

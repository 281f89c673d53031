// How a run's tokens pass through the model: ubatches, cells of the cache, buffers.
import { slicesOf, sliceTokens, type Batch } from './batch.ts';
import { attendedPairs, type Passes } from './cost.ts';
import { cacheCells } from './kv-cache.ts';
import type { ModelShape } from './model-shape.ts';
import { largestPack, longestDemo, planPacks, ubatchSizes } from './packs.ts';
import { computeBytes, attentionMaskBytes } from './workload.ts';

/** 32 values in q8_0 are 32 bytes and a half-precision scale. */
const KV_ELEMENT_BYTES = { f16: 2, q8_0: 34 / 32 } as const;

/**
 * The passes of scoring, which asks for no logits and loads the model once.
 * @param lengths tokens of each demo
 * @param alone whether every demo runs by itself (models with recurrent state)
 */
export function planPasses(shape: ModelShape, lengths: readonly number[], batch: Batch, alone: boolean): Passes {
  const packs = planPacks(lengths, batch.nUbatch, alone);
  const ubatches = ubatchSizes(lengths, batch.nUbatch, alone);
  const longest = largestPack(packs);
  const largest = Math.min(batch.nUbatch, longest);
  // each packed sequence has a mask of its own
  const masked = { ubatchTokens: largest, cacheTokens: longestDemo(lengths) };
  return {
    tokens: ubatches.reduce((sum, tokens) => sum + tokens, 0),
    count: ubatches.length,
    slices: slicesOf(ubatches, batch),
    attended: attendedPairs(lengths),
    logitRows: 0,
    loads: 1,
    kvCells: cacheCells(longest),
    kvElementBytes: KV_ELEMENT_BYTES[batch.kvType],
    computeBytes: computeBytes(shape, { ...masked, sliceTokens: Math.min(sliceTokens(batch), largest), logitRows: 0 }),
    buffers: null,
    attentionMaskBytes: attentionMaskBytes(masked),
  };
}

// How a run's tokens pass through the model: ubatches, cells of the cache, buffers.
import { slicesOf, sliceTokens, type Batch } from './batch.ts';
import { attendedPairs, type Passes } from './cost.ts';
import { cacheCells } from './kv-cache.ts';
import type { ModelShape } from './model-shape.ts';
import { largest, passesThrough, tokensOf, ubatchSizes, type ReadDemos } from './packs.ts';
import { computeBytes, attentionMaskBytes } from './workload.ts';

/** 32 values in q8_0 are 32 bytes and a half-precision scale. */
const KV_ELEMENT_BYTES = { f16: 2, q8_0: 34 / 32 } as const;

/** The passes of scoring, which asks for no logits and loads the model once. */
export function planPasses(shape: ModelShape, demos: ReadDemos, batch: Batch): Passes {
  const passes = passesThrough(demos, batch.nUbatch);
  const ubatches = ubatchSizes(passes, batch.nUbatch);
  const cached = largest(passes.map(tokensOf));
  const atOnce = Math.min(batch.nUbatch, cached);
  const lengths = passes.flat().map((window) => tokensOf([window]));
  // each packed sequence has a mask of its own
  const masked = { ubatchTokens: atOnce, cacheTokens: largest(lengths) };
  return {
    tokens: ubatches.reduce((sum, tokens) => sum + tokens, 0),
    count: ubatches.length,
    slices: slicesOf(ubatches, batch),
    attended: attendedPairs(lengths),
    logitRows: 0,
    loads: 1,
    kvCells: cacheCells(cached),
    kvElementBytes: KV_ELEMENT_BYTES[batch.kvType],
    computeBytes: computeBytes(shape, { ...masked, sliceTokens: Math.min(sliceTokens(batch), atOnce), logitRows: 0 }),
    buffers: null,
    attentionMaskBytes: attentionMaskBytes(masked),
  };
}

// How a run's tokens go through the model: ubatches, cells of the cache, buffers.
import type { ScoringEstimate } from '../../contract/api/runs.ts';
import { planPacks } from './packs.ts';
import { cacheCells } from './kv-cache.ts';
import { attendedPairs, type Passes } from './cost.ts';
import type { ModelShape } from './model-shape.ts';

export type Batch = Pick<ScoringEstimate, 'nUbatch' | 'nSlice' | 'kvType'>;

export type PlannedPasses = Passes & {
  /** Tokens of the largest ubatch. */
  readonly largest: number;
};

/** 32 values of q8_0 are 32 bytes and a half-precision scale. */
const KV_ELEMENT_BYTES = { f16: 2, q8_0: 34 / 32 } as const;
const F16_BYTES = 2;
const F32_BYTES = 4;
/** Rows of nEmbd that live at once beside the experts: the residual stream, its norm, queries, attention's output, … */
const LIVE_ROWS = 8;

/**
 * @param lengths tokens of each demo
 * @param alone every demo runs by itself (models with recurrent state)
 */
export function planPasses(
  shape: ModelShape,
  lengths: readonly number[],
  { nUbatch, nSlice, kvType }: Batch,
  alone: boolean,
): PlannedPasses {
  const packs = planPacks(lengths, nUbatch, alone);
  const longest = packs.reduce((most, { tokens }) => Math.max(most, tokens), 1);
  const largest = Math.min(nUbatch, longest);
  const longestDemo = lengths.reduce((most, tokens) => Math.max(most, tokens), 1);
  return {
    tokens: packs.reduce((sum, { tokens }) => sum + tokens, 0),
    // a demo that is longer than a ubatch goes through in several
    count: packs.reduce((sum, { tokens }) => sum + Math.ceil(tokens / nUbatch), 0),
    slices: Math.ceil(largest / nSlice),
    attended: attendedPairs(lengths),
    kvCells: cacheCells(longest),
    kvElementBytes: KV_ELEMENT_BYTES[kvType],
    computeBytes: computeBytes(shape, largest, Math.min(nSlice, largest), longestDemo),
    buffers: null,
    // packed sequences have a mask each, not one for all of them
    maskBytes: largest * longestDemo * F16_BYTES,
    largest,
  };
}

/**
 * Compute buffers: the experts' gate and up (2 · nFfExp) and their output (nEmbd) for each used expert of a slice's tokens,
 * rows of the whole ubatch, and the mask in both precisions.
 */
function computeBytes(shape: ModelShape, tokens: number, sliceTokens: number, longestDemo: number): number {
  const { nEmbd, nExpertUsed, nFfExp, nFf } = shape;
  const experts = sliceTokens * nExpertUsed * (2 * nFfExp + nEmbd) * F32_BYTES;
  const dense = tokens * 2 * nFf * F32_BYTES;
  const rows = tokens * nEmbd * LIVE_ROWS * F32_BYTES;
  return Math.max(experts, dense) + rows + tokens * longestDemo * (F16_BYTES + F32_BYTES);
}

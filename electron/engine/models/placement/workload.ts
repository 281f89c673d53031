// Roughly how much memory computing with a model takes besides its weights: enough to plan where the weights may lie.
import { USUAL_UBATCH, largest, type ReadDemos } from './packs.ts';
import type { ModelShape } from './model-shape.ts';
import type { Workload } from './placed-bytes.ts';

export type Need = {
  /** Cells of the KV cache. */
  readonly cacheTokens: number;
  /** Tokens that pass through the model at once, in one sequence. */
  readonly ubatchTokens: number;
  /** Rows of logits that are kept. */
  readonly logitRows: number;
};

/** The need if nothing else is known: an evaluation, or a conversation of usual length. */
export const USUAL_NEED: Need = { cacheTokens: 8192, ubatchTokens: USUAL_UBATCH, logitRows: 1024 };

/** What scoring these demos needs. A sequence longer than a ubatch needs its whole cache; no logits are kept. */
export function scoringNeed(ubatch: number | 'auto', { lengths, window = Infinity }: ReadDemos): Need {
  const nUbatch = ubatch === 'auto' ? USUAL_NEED.ubatchTokens : ubatch;
  const longest = Math.min(largest(lengths), window);
  return { cacheTokens: Math.max(nUbatch, longest), ubatchTokens: nUbatch, logitRows: 0 };
}

/** Tokens that llama.cpp and the programs around it compute at once unless told otherwise. */
const CHAT_UBATCH = 512;

/** What one conversation needs. llama.cpp reserves logits for every token that it computes at once. */
export function chatNeed(cacheTokens: number): Need {
  return { cacheTokens, ubatchTokens: CHAT_UBATCH, logitRows: CHAT_UBATCH };
}

const FLOAT_BYTES = 4;
const MASK_BYTES = 2;
/** Upper bound on the logits held at once, whatever the vocabulary. */
const LOGITS_BYTES = 512 << 20;

/** What computing needs besides the weights: the cache, and compute buffers by the formula below. */
export function toWorkload(shape: ModelShape, need: Need): Workload {
  return { cacheTokens: need.cacheTokens, computeBytes: computeBytes(shape, need) };
}

/** One entry in each expert's list of tokens (`struct mmid_row_mapping`). */
const ROW_BYTES = 8;
/** Bytes of a value that is multiplied with quantised weights: q8_0. */
const QUANTISED_BYTES = 34 / 32;

/**
 * What ggml's CPU backend allocates for itself besides llama.cpp's buffers (`ggml_graph_plan`): the most that one product
 * needs. A product with routed experts lists, for each expert, the rows that it may be given, slice · k, and keeps its inputs
 * quantised; any other product keeps the inputs of all tokens.
 * @param sliceTokens tokens of the ubatch that pass a layer's experts at once
 */
export function workBytes(shape: ModelShape, ubatchTokens: number, sliceTokens: number): number {
  const { nEmbd, nExpert, nExpertUsed, nFfExp, nFf, keyLength, layers } = shape;
  const heads = Math.max(0, ...layers.map(({ nHead }) => nHead));
  const rows = sliceTokens * nExpertUsed;
  const experts = rows * (nExpert * ROW_BYTES + nFfExp * QUANTISED_BYTES);
  const others = ubatchTokens * Math.max(nEmbd, heads * keyLength, nFf) * QUANTISED_BYTES;
  return Math.ceil(Math.max(experts, others));
}

/**
 * Compute buffers by a formula, for when llama.cpp cannot be asked yet. In float32: the two widest stages of the experts' products
 * live at once, each with its inputs (k of them for each token); in addition, a few rows of the residual stream and
 * of the attention for each token, the attention's mask, the logits, and the CPU backend's working memory.
 */
export function computeBytes(shape: ModelShape, { ubatchTokens, cacheTokens, logitRows }: Need): number {
  const { nEmbd, nExpertUsed, nFfExp, nFfShared, nFf, keyLength, layers, nVocab } = shape;
  const heads = Math.max(0, ...layers.map(({ nHead }) => nHead));
  const experts = nExpertUsed * 2 * (nEmbd + nFfExp);
  const others = 4 * nEmbd + Math.max(2 * heads * keyLength, 2 * nFf, 2 * nFfShared);
  const mask = ubatchTokens * cacheTokens * MASK_BYTES;
  const logits = Math.min(LOGITS_BYTES, logitRows * nVocab * FLOAT_BYTES);
  return FLOAT_BYTES * ubatchTokens * (experts + others) + mask + logits + workBytes(shape, ubatchTokens, ubatchTokens);
}

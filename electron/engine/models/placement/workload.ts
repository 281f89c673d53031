// Roughly how much memory computing with a model takes besides its weights: enough to plan where the weights may lie.
import { USUAL_UBATCH, largest, type ReadDemos } from './packs.ts';
import { CACHE_ELEMENT_BYTES } from './kv-cache.ts';
import type { ModelShape } from './model-shape.ts';
import type { PlacementTask } from './placed-bytes.ts';

export type Need = {
  /** Cells of the KV cache. */
  readonly cacheTokens: number;
  /** Tokens that pass through the model at once. */
  readonly ubatchTokens: number;
  /** Tokens of a ubatch that pass a layer's experts at once. */
  readonly sliceTokens: number;
  readonly sequences: number;
  /** Rows of logits that are kept. */
  readonly logitRows: number;
};

/** The need if nothing else is known: an evaluation, or a conversation of usual length. */
export const USUAL_NEED: Need = {
  cacheTokens: 8192,
  ubatchTokens: USUAL_UBATCH,
  sliceTokens: USUAL_UBATCH,
  sequences: 1,
  logitRows: 1024,
};

/**
 * What scoring these demos needs. A sequence longer than a ubatch needs its whole cache; no logits are kept.
 */
export function scoringNeed(asked: number | 'auto', { lengths, window = Infinity }: ReadDemos): Need {
  const nUbatch = asked === 'auto' ? USUAL_NEED.ubatchTokens : asked;
  const longest = Math.min(largest(lengths), window);
  const cacheTokens = Math.max(nUbatch, longest);
  return { cacheTokens, ubatchTokens: nUbatch, sliceTokens: nUbatch, sequences: 1, logitRows: 0 };
}

/** Tokens that llama.cpp and the programs around it compute at once unless told otherwise. */
const CHAT_UBATCH = 512;

/** What one conversation needs. llama.cpp reserves logits for every token that it computes at once. */
export function chatNeed(cacheTokens: number): Need {
  return { cacheTokens, ubatchTokens: CHAT_UBATCH, sliceTokens: CHAT_UBATCH, sequences: 1, logitRows: CHAT_UBATCH };
}

const FLOAT_BYTES = 4;
const MASK_BYTES = 2;
/** Upper bound on the logits held at once, whatever the vocabulary. */
const LOGITS_BYTES = 512 << 20;

/** The sizes of what is computed at once. */
type Pass = Pick<Need, 'ubatchTokens' | 'sliceTokens' | 'cacheTokens' | 'logitRows'>;

/** What computing needs besides the weights: the cache in half precision, and compute buffers by the formula below. */
export function workloadOf(shape: ModelShape, need: Need): PlacementTask['workload'] {
  const { cacheTokens, sequences } = need;
  return { cacheTokens, cacheElementBytes: CACHE_ELEMENT_BYTES, sequences, computeBytes: computeBytes(shape, need) };
}

/** Bytes of one ubatch's attention mask, in half precision. */
function attentionMaskBytes({ ubatchTokens, cacheTokens }: Pass): number {
  return ubatchTokens * cacheTokens * MASK_BYTES;
}

/** One entry in each expert's list of tokens (`struct mmid_row_mapping`). */
const ROW_BYTES = 8;
/** Bytes of a value that is multiplied with quantised weights: q8_0. */
const QUANTISED_BYTES = 34 / 32;

/**
 * What ggml's CPU backend allocates for itself besides llama.cpp's buffers (`ggml_graph_plan`): the most that one product
 * needs. A product with routed experts lists, for each expert, the rows that it may be given, slice · k, and keeps its inputs
 * quantised; any other product keeps the inputs of all tokens.
 */
export function workBytes(
  shape: ModelShape,
  { ubatchTokens, sliceTokens }: Omit<Pass, 'cacheTokens' | 'logitRows'>,
): number {
  const { nEmbd, nExpert, nExpertUsed, nFfExp, nFf, keyLength, layers } = shape;
  const heads = Math.max(0, ...layers.map(({ nHead }) => nHead));
  const rows = sliceTokens * nExpertUsed;
  const experts = rows * (nExpert * ROW_BYTES + nFfExp * QUANTISED_BYTES);
  const others = ubatchTokens * Math.max(nEmbd, heads * keyLength, nFf) * QUANTISED_BYTES;
  return Math.ceil(Math.max(experts, others));
}

/**
 * Compute buffers by a formula, for when llama.cpp cannot be asked yet. In float32: the two widest stages of the experts' products
 * live at once, each with its inputs (k of them for each token of a slice); in addition, a few rows of the residual stream and
 * of the attention for each token, the attention's mask, the logits, and the CPU backend's working memory.
 */
export function computeBytes(shape: ModelShape, pass: Pass): number {
  const { nEmbd, nExpertUsed, nFfExp, nFfShared, nFf, keyLength, layers, nVocab } = shape;
  const heads = Math.max(0, ...layers.map(({ nHead }) => nHead));
  const experts = pass.sliceTokens * nExpertUsed * 2 * (nEmbd + nFfExp);
  const others = pass.ubatchTokens * (4 * nEmbd + Math.max(2 * heads * keyLength, 2 * nFf, 2 * nFfShared));
  const mask = attentionMaskBytes(pass);
  const logits = Math.min(LOGITS_BYTES, pass.logitRows * nVocab * FLOAT_BYTES);
  return FLOAT_BYTES * (experts + others) + mask + logits + workBytes(shape, pass);
}

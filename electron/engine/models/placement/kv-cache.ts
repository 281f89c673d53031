// What a model keeps of the tokens that it has seen, according to its header: keys and values, and the states of recurrent layers.
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufKeys, ModelFacts } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import { sum } from '../../base/statistics/numbers.ts';
import { keyInteger, keyIntegers } from '../gguf-keys.ts';

/** llama.cpp keeps the state of recurrent layers in float32, whatever the cache's type. */
const STATE_VALUE_BYTES = 4;
/** Keys and values in half precision. */
export const CACHE_ELEMENT_BYTES = 2;

/** Keys of caches whose true size the header does not state, or states in different ways for different architectures. */
const UNCERTAIN_KEYS = [
  'attention.sliding_window',
  'attention.indexer.key_length',
  'attention.shared_kv_layers',
  'attention.compress_ratios',
  'nextn_predict_layers',
  'wkv.head_size',
];

/** What memory depends on besides tensors; a model whose headers were read has it. */
export type HeaderFacts = { readonly info: ModelFacts; readonly kv: GgufKeys };

/** Whether `kvBytes` of the facts is only an estimate, usually too high: windows and shared layers need less. */
export function kvIsEstimated({ info, kv }: HeaderFacts): boolean {
  return UNCERTAIN_KEYS.some((name) => (keyIntegers(kv, `${info.arch}.${name}`) ?? []).some((value) => value > 0));
}

/** Elements that the cache holds for one token, by block: keys, values and an indexer's keys; 0 in recurrent blocks. */
export function cachedElements(kv: GgufKeys, info: ModelFacts): number[] {
  const { arch } = info;
  const integer = (name: string): number => keyInteger(kv, `${arch}.${name}`) ?? 0;
  const headCount = keyIntegers(kv, `${arch}.attention.head_count`)?.[0] ?? 0;
  const headDim = headCount > 0 ? integer('embedding_length') / headCount : 0;
  // multi-head latent attention: the values are part of the single cached key
  const isLatent = integer('attention.key_length_mla') > 0 && integer('attention.value_length_mla') > 0;
  const keyLength = integer('attention.key_length') || headDim;
  const valueLength = isLatent ? 0 : integer('attention.value_length') || headDim;
  const indexed = integer('attention.indexer.key_length');
  const recurrent = recurrentBlocks(kv, info);
  return cachedHeads(kv, info)
    .slice(0, info.blockCount)
    .map((heads, block) => heads * (keyLength + valueLength) + (recurrent.has(block) ? 0 : indexed));
}

/** Heads whose keys and values are cached, by block; 0 in recurrent blocks. */
export function cachedHeads(kv: GgufKeys, info: ModelFacts): number[] {
  const { arch, blockCount } = info;
  const headCount = keyIntegers(kv, `${arch}.attention.head_count`)?.[0] ?? 0;
  const headsKv = keyIntegers(kv, `${arch}.attention.head_count_kv`) ?? [];
  const perBlock = headsKv.length > 1 ? headsKv : new Array<number>(blockCount).fill(headsKv[0] ?? headCount);
  const recurrent = recurrentBlocks(kv, info);
  return perBlock.map((heads, block) => (recurrent.has(block) ? 0 : heads));
}

/**
 * Bytes of keys and values for `ctx` tokens in one conversation, in half precision. An upper bound: recurrent layers, compressed caches
 * (multi-head latent attention) and sliding windows need less.
 * @throws WinnowError GGUF_CORRUPT when heads are listed for fewer blocks than there are
 */
export function attentionBytes(kv: GgufKeys, info: ModelFacts, ctx: number): number {
  const { arch, blockCount } = info;
  const entries = keyIntegers(kv, `${arch}.attention.head_count_kv`)?.length ?? 1;
  if (entries > 1 && entries < blockCount) {
    throw new WinnowError('GGUF_CORRUPT', msg('headCountsWrong', { entries, blockCount }), { entries, blockCount });
  }
  return cacheCells(ctx) * CACHE_ELEMENT_BYTES * sum(cachedElements(kv, info));
}

/** Blocks that keep one state instead of keys and values. */
function recurrentBlocks(kv: GgufKeys, { arch, blockCount }: ModelFacts): Set<number> {
  const blocks = Array.from({ length: blockCount }, (_, block) => block);
  const flags = keyIntegers(kv, `${arch}.attention.recurrent_layers`);
  if (flags) return new Set(blocks.filter((block) => (flags[block] ?? 0) !== 0));
  const interval = keyInteger(kv, `${arch}.full_attention_interval`) ?? 0;
  if (interval > 0) return new Set(blocks.filter((block) => (block + 1) % interval !== 0));
  const headsKv = keyIntegers(kv, `${arch}.attention.head_count_kv`) ?? [];
  return new Set(blocks.filter((block) => headsKv.length > 1 && headsKv[block] === 0));
}

/** Bytes that recurrent blocks keep, whatever the context: the last inputs of a convolution, and the state itself. */
export function stateBytes(kv: GgufKeys, info: ModelFacts): number {
  const integer = (name: string): number => keyInteger(kv, `${info.arch}.${name}`) ?? 0;
  const kept = Math.max(0, integer('ssm.conv_kernel') - 1);
  const inner = integer('ssm.inner_size');
  const state = integer('ssm.state_size');
  let values = kept * (inner + 2 * integer('ssm.group_count') * state) + inner * state;
  if (inner === 0 && integer('shortconv.l_cache') === 0) {
    // linear attention: one square per head; the delta kind also has convolutions for queries, keys and values
    const headDim = integer('kda.head_dim') || integer('attention.key_length');
    const width = headDim * (keyIntegers(kv, `${info.arch}.attention.head_count`)?.[0] ?? 0);
    values = 3 * kept * width + headDim * width;
  }
  return recurrentBlocks(kv, info).size * values * STATE_VALUE_BYTES;
}

/** llama.cpp rounds a context up to a multiple of this many cells. */
const CONTEXT_STEP = 256;

/** Cells of the KV cache for a context of this many tokens. */
export function cacheCells(tokens: number): number {
  return Math.ceil(tokens / CONTEXT_STEP) * CONTEXT_STEP;
}

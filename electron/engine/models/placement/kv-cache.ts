// What a model keeps of the tokens that it has seen, according to its header: keys and values, and the states of recurrent layers.
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufHeader, GgufKeys, ModelInfo } from '../../../contract/model-info.ts';
import { say } from '../../../contract/sentences.ts';
import { keyInteger, keyIntegers } from '../gguf-keys.ts';

/** llama.cpp keeps the state of recurrent layers in float32, whatever the cache's type. */
const STATE_VALUE_BYTES = 4;

/** Keys of caches whose true size the header does not state, or states in different ways for different architectures. */
const UNCERTAIN_KEYS = [
  'attention.sliding_window',
  'attention.indexer.key_length',
  'attention.shared_kv_layers',
  'attention.compress_ratios',
  'nextn_predict_layers',
  'wkv.head_size',
];

/** Whether `kvBytes` of the facts is only an estimate, usually too high: windows and shared layers need less. */
export function kvIsEstimated({
  info,
  headers,
}: {
  readonly info: Pick<ModelInfo, 'arch'>;
  readonly headers: readonly Pick<GgufHeader, 'kv'>[];
}): boolean {
  const kv = headers[0]?.kv ?? {};
  return UNCERTAIN_KEYS.some((name) => (keyIntegers(kv, `${info.arch}.${name}`) ?? []).some((value) => value > 0));
}

type Shape = Pick<ModelInfo, 'arch' | 'blockCount'>;

/** Elements that the cache holds for one token, by block: keys, values and an indexer's keys; 0 in recurrent blocks. */
export function cachedElements(kv: GgufKeys, shape: Shape): number[] {
  const caches = cachesOf(kv, shape);
  return Array.from({ length: shape.blockCount }, (_, block) =>
    caches.reduce((sum, { headCountKv, keyLength, valueLength }) => {
      const heads = typeof headCountKv === 'number' ? headCountKv : (headCountKv[block] ?? 0);
      return sum + heads * (keyLength + valueLength);
    }, 0),
  );
}

/** Heads whose keys and values are cached, by block; 0 in recurrent blocks. */
export function cachedHeads(kv: GgufKeys, { arch, blockCount }: Shape): number[] {
  const headCount = keyIntegers(kv, `${arch}.attention.head_count`)?.[0] ?? 0;
  const headsKv = keyIntegers(kv, `${arch}.attention.head_count_kv`) ?? [];
  const perBlock = headsKv.length > 1 ? headsKv : new Array<number>(blockCount).fill(headsKv[0] ?? headCount);
  const recurrent = recurrentBlocks(kv, { arch, blockCount });
  return perBlock.map((heads, block) => (recurrent.has(block) ? 0 : heads));
}

/** Bytes of keys and values for `ctx` tokens in one conversation. @throws WinnowError GGUF_CORRUPT as kvCacheBytes */
export function attentionBytes(kv: GgufKeys, shape: Shape, ctx: number): number {
  return cachesOf(kv, shape).reduce((sum, facts) => sum + kvCacheBytes(facts, ctx), 0);
}

/** The caches of the attention and of the indexers. */
function cachesOf(kv: GgufKeys, { arch, blockCount }: Shape): KvFacts[] {
  const integer = (name: string): number => keyInteger(kv, `${arch}.${name}`) ?? 0;
  const headCount = keyIntegers(kv, `${arch}.attention.head_count`)?.[0] ?? 0;
  const headDim = headCount > 0 ? integer('embedding_length') / headCount : 0;
  const recurrent = recurrentBlocks(kv, { arch, blockCount });
  // multi-head latent attention: the values are part of the single cached key
  const latent = integer('attention.key_length_mla') > 0 && integer('attention.value_length_mla') > 0;
  const keysAndValues = {
    blockCount,
    headCountKv: cachedHeads(kv, { arch, blockCount }),
    keyLength: integer('attention.key_length') || headDim,
    valueLength: latent ? 0 : integer('attention.value_length') || headDim,
  };
  const indexerKey = integer('attention.indexer.key_length');
  const indexers = Array.from({ length: blockCount }, (_, block) => (recurrent.has(block) ? 0 : 1));
  return [keysAndValues, { blockCount, headCountKv: indexers, keyLength: indexerKey, valueLength: 0 }];
}

/** Blocks that keep one state instead of keys and values. */
function recurrentBlocks(kv: GgufKeys, { arch, blockCount }: Shape): Set<number> {
  const blocks = Array.from({ length: blockCount }, (_, block) => block);
  const flags = keyIntegers(kv, `${arch}.attention.recurrent_layers`);
  if (flags) return new Set(blocks.filter((block) => (flags[block] ?? 0) !== 0));
  const interval = keyInteger(kv, `${arch}.full_attention_interval`) ?? 0;
  if (interval > 0) return new Set(blocks.filter((block) => (block + 1) % interval !== 0));
  const headsKv = keyIntegers(kv, `${arch}.attention.head_count_kv`) ?? [];
  return new Set(blocks.filter((block) => headsKv.length > 1 && headsKv[block] === 0));
}

/** Bytes that recurrent blocks keep, whatever the context: the last inputs of a convolution, and the state itself. */
export function stateBytes(kv: GgufKeys, shape: Shape): number {
  const integer = (name: string): number => keyInteger(kv, `${shape.arch}.${name}`) ?? 0;
  const kept = Math.max(0, integer('ssm.conv_kernel') - 1);
  const inner = integer('ssm.inner_size');
  const state = integer('ssm.state_size');
  let values = kept * (inner + 2 * integer('ssm.group_count') * state) + inner * state;
  if (inner === 0 && integer('shortconv.l_cache') === 0) {
    // linear attention: one square per head; the delta kind also has convolutions for queries, keys and values
    const headDim = integer('kda.head_dim') || integer('attention.key_length');
    const width = headDim * (keyIntegers(kv, `${shape.arch}.attention.head_count`)?.[0] ?? 0);
    values = 3 * kept * width + headDim * width;
  }
  return recurrentBlocks(kv, shape).size * values * STATE_VALUE_BYTES;
}

/** What a GGUF header states about the attention cache. */
type KvFacts = {
  readonly blockCount: number;
  /** `attention.head_count_kv`: one number, or one per block (0 in a block without attention). */
  readonly headCountKv: number | readonly number[];
  /** `attention.key_length` and `attention.value_length`: elements per head. */
  readonly keyLength: number;
  readonly valueLength: number;
  /** Default: 2 (f16); a quantised cache has fractions, such as 34 / 32 for q8_0. */
  readonly bytesPerElement?: number;
};

/** llama.cpp rounds a context up to a multiple of this many cells. */
const CONTEXT_STEP = 256;

/** Cells of the KV cache for a context of this many tokens. */
export function cacheCells(tokens: number): number {
  return Math.ceil(tokens / CONTEXT_STEP) * CONTEXT_STEP;
}

/**
 * Bytes of the key-value cache for `ctx` tokens: Σ over blocks of heads · (keyLength + valueLength) ·
 * bytesPerElement, times the context rounded up to 256.
 *
 * An upper bound: recurrent layers, compressed caches (multi-head latent attention) and sliding windows need less.
 * @throws WinnowError GGUF_CORRUPT when `headCountKv` has fewer entries than blocks
 */
export function kvCacheBytes(facts: KvFacts, ctx: number): number {
  const { blockCount, headCountKv, keyLength, valueLength, bytesPerElement = 2 } = facts;
  if (typeof headCountKv !== 'number' && headCountKv.length < blockCount) {
    throw new WinnowError('GGUF_CORRUPT', say('headCountsWrong', { entries: headCountKv.length, blockCount }), {
      entries: headCountKv.length,
      blockCount,
    });
  }
  let heads = 0;
  for (let block = 0; block < blockCount; block++) {
    heads += typeof headCountKv === 'number' ? headCountKv : headCountKv[block]!;
  }
  return Math.ceil(cacheCells(ctx) * heads * (keyLength + valueLength) * bytesPerElement);
}

// What a model needs in memory, as far as its header tells: nothing is loaded.
import type { GgufHeader, ModelInfo } from '../../contract/model-info.ts';
import { keyInteger, keyIntegers, type GgufKeys } from '../models/gguf-keys.ts';
import { kvCacheBytes, type KvFacts, type MemoryFacts } from './budget.ts';

/** Compute buffers and the program itself, beside weights and KV cache. */
const RUNTIME_BYTES = 512 << 20;
/** llama.cpp keeps the state of recurrent layers in float32, whatever the cache's type. */
const STATE_VALUE_BYTES = 4;

/** What is read of a model: an inspected one fits, and so does one without its fingerprint. */
export type MeasuredModel = {
  readonly info: Pick<ModelInfo, 'arch' | 'bytes' | 'expertBytes' | 'nExpert' | 'blockCount'>;
  readonly headers: readonly Pick<GgufHeader, 'kv'>[];
};

/**
 * Weights, cache for `ctx` tokens in one conversation, and a rough allowance for all else.
 * @throws WinnowError GGUF_CORRUPT when the header contradicts itself
 */
export function memoryFacts({ info, headers }: MeasuredModel, ctx: number): MemoryFacts {
  const kv = headers[0]?.kv ?? {};
  return {
    fullBytes: info.bytes,
    expertBytes: info.expertBytes,
    nExpert: info.nExpert,
    kvBytes: attentionBytes(kv, info, ctx) + stateBytes(kv, info),
    computeBytes: RUNTIME_BYTES,
  };
}

/** Keys of caches whose true size the header does not say, or not in one way for all architectures. */
const UNCERTAIN_KEYS = [
  'attention.sliding_window',
  'attention.indexer.key_length',
  'attention.shared_kv_layers',
  'attention.compress_ratios',
  'nextn_predict_layers',
  'wkv.head_size',
];

/** Whether `kvBytes` of the facts is only an estimate, in most cases too high: windows and shared layers need less. */
export function kvIsEstimated({ info, headers }: MeasuredModel): boolean {
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

function attentionBytes(kv: GgufKeys, shape: Shape, ctx: number): number {
  return cachesOf(kv, shape).reduce((sum, facts) => sum + kvCacheBytes(facts, ctx), 0);
}

/** Of the attention, and of the indexers. */
function cachesOf(kv: GgufKeys, { arch, blockCount }: Shape): KvFacts[] {
  const integer = (name: string): number => keyInteger(kv, `${arch}.${name}`) ?? 0;
  const headCount = keyIntegers(kv, `${arch}.attention.head_count`)?.[0] ?? 0;
  const headDim = headCount > 0 ? integer('embedding_length') / headCount : 0;
  const recurrent = recurrentBlocks(kv, { arch, blockCount });
  // multi-head latent attention: the values are a part of the one cached key
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

/** Blocks that keep one state in place of keys and values. */
function recurrentBlocks(kv: GgufKeys, { arch, blockCount }: Shape): Set<number> {
  const blocks = Array.from({ length: blockCount }, (_, block) => block);
  const flags = keyIntegers(kv, `${arch}.attention.recurrent_layers`);
  if (flags) return new Set(blocks.filter((block) => (flags[block] ?? 0) !== 0));
  const interval = keyInteger(kv, `${arch}.full_attention_interval`) ?? 0;
  if (interval > 0) return new Set(blocks.filter((block) => (block + 1) % interval !== 0));
  const headsKv = keyIntegers(kv, `${arch}.attention.head_count_kv`) ?? [];
  return new Set(blocks.filter((block) => headsKv.length > 1 && headsKv[block] === 0));
}

/** What recurrent blocks keep, whatever the context: the last inputs of a convolution, and the state itself. */
export function stateBytes(kv: GgufKeys, shape: Shape): number {
  const integer = (name: string): number => keyInteger(kv, `${shape.arch}.${name}`) ?? 0;
  const kept = Math.max(0, integer('ssm.conv_kernel') - 1);
  const inner = integer('ssm.inner_size');
  const state = integer('ssm.state_size');
  let values = kept * (inner + 2 * integer('ssm.group_count') * state) + inner * state;
  if (inner === 0 && integer('shortconv.l_cache') === 0) {
    // linear attention: one square a head; the delta kind also has a convolution each for queries, keys and values
    const headDim = integer('kda.head_dim') || integer('attention.key_length');
    const width = headDim * (keyIntegers(kv, `${shape.arch}.attention.head_count`)?.[0] ?? 0);
    values = 3 * kept * width + headDim * width;
  }
  return recurrentBlocks(kv, shape).size * values * STATE_VALUE_BYTES;
}

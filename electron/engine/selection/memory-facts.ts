// What a model needs in memory, as far as its header tells: nothing is loaded.
import type { GgufHeader, ModelInfo } from '../../contract/model-info.ts';
import { attentionBytes, stateBytes } from '../placement/kv-cache.ts';
import type { MemoryFacts } from './budget.ts';

/**
 * Of the program that will run the model in a conversation, whichever that is, and of its compute buffers: an allowance.
 * What scoring takes here is another matter, see placement/workload.ts and PROCESS_BYTES.
 */
const CHAT_PROGRAM_BYTES = 512 << 20;

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
    computeBytes: CHAT_PROGRAM_BYTES,
  };
}

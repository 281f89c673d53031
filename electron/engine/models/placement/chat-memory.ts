// The memory that a model needs in a conversation, as far as its header tells: nothing is loaded. Scoring needs the same
// weights, but a cache and buffers of its own (estimate.ts).
import type { GgufHeader, ModelInfo } from '../../../contract/model-info.ts';
import { attentionBytes, cacheCells, stateBytes } from './kv-cache.ts';
import { weightBytes, type ModelShape } from './model-shape.ts';
import { chatNeed, computeBytes } from './workload.ts';

/** The facts about a model that memory is computed from. */
export type MeasuredModel = {
  readonly info: Pick<ModelInfo, 'arch' | 'blockCount' | 'contextLength' | 'nExpert'>;
  readonly headers: readonly Pick<GgufHeader, 'kv'>[];
  readonly shape: ModelShape;
};

/** In bytes. */
type ChatMemory = {
  /** Tokens of the conversation. */
  readonly ctx: number;
  readonly weightsBytes: number;
  /** The routed experts' part of `weightsBytes`, which shrinks with their number. */
  readonly expertBytes: number;
  readonly kvBytes: number;
  readonly computeBytes: number;
};

/** The length of a conversation: `ctx`, but never more than the model was made for. */
export function conversationTokens({ contextLength }: Pick<ModelInfo, 'contextLength'>, ctx: number): number {
  return contextLength > 0 ? Math.min(ctx, contextLength) : ctx;
}

/**
 * Bytes of one sequence's cache: keys and values, and the states of recurrent blocks, which do not depend on its length.
 * @param tokens its length, which may exceed what the model was made for
 * @throws WinnowError GGUF_CORRUPT when the header contradicts itself
 */
function sequenceBytes({ info, headers }: Pick<MeasuredModel, 'info' | 'headers'>, tokens: number): number {
  const kv = headers[0]?.kv ?? {};
  return attentionBytes(kv, info, tokens) + stateBytes(kv, info);
}

/**
 * Weights, cache and compute buffers of one conversation.
 * @param ctx tokens
 * @param buffers from `chatBuffers`; null: llama.cpp was not asked, and a formula gives up to twice as much
 * @throws WinnowError GGUF_CORRUPT when the header contradicts itself
 */
export function chatMemory(model: MeasuredModel, ctx: number, buffers: number | null = null): ChatMemory {
  const { info, shape } = model;
  const tokens = conversationTokens(info, ctx);
  return {
    ctx: tokens,
    weightsBytes: weightBytes(shape),
    expertBytes: shape.layers.reduce((sum, { experts }) => sum + experts.bytes, 0),
    kvBytes: sequenceBytes(model, tokens),
    computeBytes: buffers ?? Math.ceil(computeBytes(shape, chatNeed(cacheCells(tokens)))),
  };
}

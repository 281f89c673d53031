// The memory that a model needs in a conversation, depending on the experts that it keeps, and how many experts fit a budget. Scoring needs
// the same weights, but a cache and buffers of its own (cost.ts).
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { sum } from '../../base/statistics/numbers.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import { isModelsFault, type InspectedModel } from '../inspect.ts';
import { attentionBytes, cacheCells, stateBytes, type HeaderFacts } from './kv-cache.ts';
import { scoringMemory } from './load-model.ts';
import { modelShape, weightBytes, type ModelShape } from './model-shape.ts';
import { chatNeed, computeBytes } from './workload.ts';

type ModelSizes = {
  /** The unpruned model's weights. */
  readonly fullBytes: number;
  /** The part of `fullBytes` that shrinks with the number of experts, over all layers. */
  readonly expertBytes: number;
  readonly nExpert: number;
};

/** The memory that a model needs, as a function of the number of kept experts. */
export type MemoryFacts = ModelSizes & {
  readonly kvBytes: number;
  /** Compute buffers and other overhead. */
  readonly computeBytes: number;
};

/** The same with the tokens of the conversation. */
export type ConversationMemory = MemoryFacts & { readonly ctx: number };

/** The facts about a model that memory is computed from. */
export type MeasuredModel = HeaderFacts & { readonly shape: ModelShape };

/** The length of a conversation: `ctx`, but never more than the model was made for. */
export function conversationTokens({ contextLength }: ModelFacts, ctx: number): number {
  return contextLength > 0 ? Math.min(ctx, contextLength) : ctx;
}

/**
 * Weights, cache and compute buffers of one conversation of `ctx` tokens, but no more than the model was made for.
 * @param buffers from `chatBuffers`; null: llama.cpp was not asked, and a formula gives up to twice as much
 * @throws WinnowError GGUF_CORRUPT when the header contradicts itself
 */
export function memoryFacts(
  { info, kv, shape }: MeasuredModel,
  ctx: number,
  buffers: number | null = null,
): ConversationMemory {
  const tokens = conversationTokens(info, ctx);
  return {
    ctx: tokens,
    fullBytes: weightBytes(shape),
    expertBytes: sum(shape.layers.map(({ experts }) => experts.bytes)),
    nExpert: info.nExpert,
    kvBytes: attentionBytes(kv, info, tokens) + stateBytes(kv, info),
    computeBytes: buffers ?? Math.ceil(computeBytes(shape, chatNeed(cacheCells(tokens)))),
  };
}

/**
 * The same for a model that is at hand, with compute buffers from llama.cpp itself.
 * @throws WinnowError as `memoryFacts` and `chatBuffers`
 */
export async function inspectedMemory(
  model: InspectedModel,
  ctx: number,
  host: WorkerHost,
): Promise<ConversationMemory> {
  using backend = new Backend('off', host);
  return memoryFacts({ ...model, shape: modelShape(model) }, ctx, await chatBuffers(backend, model.info, ctx));
}

const ON_CPU = {
  devices: [],
  gpuLayers: 0,
  deviceLayers: [],
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'all' as const,
};

/**
 * Compute buffers with everything on the CPU, in bytes; nothing is loaded. They hardly depend on the number of experts and their
 * type.
 * @param ctx tokens of the conversation
 * @returns null if llama.cpp cannot make such a context, or does not accept the model
 * @throws WinnowError BACKEND_CRASHED: the worker was killed; CANCELLED
 */
export async function chatBuffers(backend: Backend, model: ModelFacts, ctx: number): Promise<number | null> {
  const { cacheTokens, ubatchTokens } = chatNeed(cacheCells(conversationTokens(model, ctx)));
  const context = {
    nCtx: cacheTokens,
    nUbatch: ubatchTokens,
    nSlice: 0,
    kvType: 'f16' as const,
    nSeqMax: 1,
    nLongest: 0,
    nThreads: 1,
    conversation: true,
  };
  try {
    const [uses = null] = await scoringMemory(backend, model, ON_CPU, [context]);
    return uses && sum(uses.map((use) => use.computeBytes));
  } catch (error) {
    if (!(error instanceof WinnowError) || !isModelsFault(error)) throw error;
    return null;
  }
}

type BudgetOptions = MemoryFacts & {
  readonly budgetBytes: number;
  /** The smallest count that may be kept; with balanced groups, pass the larger of it and 2 per group. */
  readonly nExpertUsed: number;
  /** K must be a multiple of this: the number of balanced groups, or the experts per block. 1 by default. */
  readonly unit?: number;
};

/**
 * Weights of the model with `keep` experts per layer: (fullBytes − expertBytes) + keep · expertBytes / nExpert, exact even if that product
 * exceeds exact numbers, as in models of terabytes.
 */
export function prunedBytes({ fullBytes, expertBytes, nExpert }: ModelSizes, keep: number): number {
  const kept = keep * Math.floor(expertBytes / nExpert) + Math.ceil((keep * (expertBytes % nExpert)) / nExpert);
  return fullBytes - expertBytes + kept;
}

/** Memory of the model with `keep` experts per layer: its weights, kvBytes and computeBytes. */
export function memoryBytes(facts: MemoryFacts, keep: number): number {
  return prunedBytes(facts, keep) + facts.kvBytes + facts.computeBytes;
}

/**
 * The largest K, a multiple of `unit` from `nExpertUsed` to `nExpert`, with which the model fits the budget;
 * `nExpert` means that nothing needs to be pruned.
 * @throws WinnowError SELECTION_IMPOSSIBLE when even the smallest K does not fit; the message says how much is
 * missing
 */
export function keepForBudget(options: BudgetOptions): number {
  const { budgetBytes, nExpert, nExpertUsed, unit = 1 } = options;
  const smallest = Math.min(Math.ceil(Math.max(nExpertUsed, 1) / unit) * unit, nExpert);
  if (memoryBytes(options, nExpert) <= budgetBytes) return nExpert;
  for (let keep = Math.floor(nExpert / unit) * unit; keep >= smallest; keep -= unit) {
    if (memoryBytes(options, keep) <= budgetBytes) return keep;
  }
  const neededBytes = memoryBytes(options, smallest);
  const missingBytes = neededBytes - budgetBytes;
  throw new WinnowError(
    'SELECTION_IMPOSSIBLE',
    msg('budgetTooSmall', {
      smallest,
      nExpert,
      needed: displayBytes(neededBytes),
      missing: displayBytes(missingBytes),
      budget: displayBytes(budgetBytes),
    }),
    { smallestKeep: smallest, neededBytes, missingBytes, budgetBytes },
  );
}

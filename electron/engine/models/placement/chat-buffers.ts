// What llama.cpp itself says one conversation allocates besides the weights and the cache: exact, unlike the formula for models that
// are not at hand.
import type { Backend } from '../../base/backend/backend.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { isModelsFault } from '../inspect.ts';
import { conversationTokens } from './chat-memory.ts';
import { cacheCells } from './kv-cache.ts';
import { scoringMemory } from './load-model.ts';
import { chatNeed } from './workload.ts';

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
export async function chatBuffers(
  backend: Backend,
  model: Pick<ModelInfo, 'path' | 'parts' | 'contextLength'>,
  ctx: number,
): Promise<number | null> {
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
    const [found = null] = await scoringMemory(backend, model, ON_CPU, [context]);
    return found && found.reduce((sum, { computeBytes }) => sum + computeBytes, 0);
  } catch (error) {
    if (!(error instanceof WinnowError) || !isModelsFault(error)) throw error;
    return null;
  }
}

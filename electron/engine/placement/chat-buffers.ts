// What llama.cpp itself says that one conversation allocates beside the weights and the cache: exact, where `chatMemory` has a formula.
import type { Backend } from '../backend/backend.ts';
import type { ModelFiles } from '../backend/load-files.ts';
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
 * Compute buffers with everything on the CPU, in bytes; nothing is loaded.
 * @param ctx tokens of the conversation
 * @returns null where llama.cpp cannot make such a context
 * @throws WinnowError as `scoringMemory`
 */
export async function chatBuffers(
  backend: Backend,
  files: ModelFiles,
  { ctx, threads }: { readonly ctx: number; readonly threads: number },
): Promise<number | null> {
  const { cacheTokens, ubatchTokens } = chatNeed(cacheCells(ctx));
  const context = {
    nCtx: cacheTokens,
    nUbatch: ubatchTokens,
    nSlice: 0,
    kvType: 'f16' as const,
    nSeqMax: 1,
    nLongest: 0,
    nThreads: threads,
    conversation: true,
  };
  const [found = null] = await scoringMemory(backend, files, ON_CPU, [context]);
  return found && found.reduce((sum, { computeBytes }) => sum + computeBytes, 0);
}

// The memory that a model needs, depending on the experts that it keeps.
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { InspectedModel } from '../inspect.ts';
import { chatBuffers } from './chat-buffers.ts';
import { chatMemory, type MeasuredModel } from './chat-memory.ts';
import { modelShape } from './model-shape.ts';
import type { MemoryFacts } from './budget.ts';

/**
 * Memory of one conversation of `ctx` tokens, but no more than the model was made for.
 * @param buffers as in `chatMemory`
 * @throws WinnowError GGUF_CORRUPT when the header contradicts itself
 */
export function memoryFacts(
  model: MeasuredModel,
  ctx: number,
  buffers: number | null = null,
): MemoryFacts & { readonly ctx: number } {
  const { weightsBytes, ...rest } = chatMemory(model, ctx, buffers);
  return { fullBytes: weightsBytes, nExpert: model.info.nExpert, ...rest };
}

/**
 * The same for a model that is at hand, with compute buffers from llama.cpp itself.
 * @throws WinnowError as `memoryFacts` and `chatBuffers`
 */
export async function inspectedMemory(
  model: InspectedModel,
  ctx: number,
  host: WorkerHost,
): Promise<MemoryFacts & { readonly ctx: number }> {
  using backend = new Backend('off', host);
  return memoryFacts({ ...model, shape: modelShape(model) }, ctx, await chatBuffers(backend, model.info, ctx));
}

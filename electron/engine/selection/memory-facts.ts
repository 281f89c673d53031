// What a model needs in memory by the experts that it keeps.
import type { ModelInfo } from '../../contract/model-info.ts';
import { chatMemory, type MeasuredModel as PlacedModel } from '../placement/chat-memory.ts';
import { modelShape, type ShapedModel } from '../placement/model-shape.ts';
import type { MemoryFacts } from './budget.ts';

/** What is read of a model. */
export type MeasuredModel = PlacedModel & { readonly info: Pick<ModelInfo, 'nExpert'> };

/**
 * Of one conversation of `ctx` tokens, or of as many as the model was made for.
 * @throws WinnowError GGUF_CORRUPT when the header contradicts itself
 */
export function memoryFacts(model: MeasuredModel, ctx: number): MemoryFacts & { readonly ctx: number } {
  const { weightsBytes, ...rest } = chatMemory(model, ctx);
  return { fullBytes: weightsBytes, nExpert: model.info.nExpert, ...rest };
}

/** The same of an inspected model. */
export function inspectedMemory(
  model: Omit<MeasuredModel, 'shape'> & ShapedModel,
  ctx: number,
): MemoryFacts & { readonly ctx: number } {
  return memoryFacts({ ...model, shape: modelShape(model) }, ctx);
}

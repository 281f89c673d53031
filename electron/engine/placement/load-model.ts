// Loads a model into a backend worker, where it is placed.
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import { loadFailure, loadFiles, type LoadedModel, type ModelFiles } from '../backend/load-files.ts';
import type { CallOptions } from '../backend/worker-client.ts';
import { loadParams, placeModel, type LoadPlan, type PlacedInfo, type PlanOptions } from './place-model.ts';
import { placeOnMachines } from './machine-split.ts';
import type { Params, Result } from '../backend/protocol.ts';

export type LoadModelOptions = CallOptions & {
  /** Where it lies, if that was decided already. */
  readonly placed?: LoadPlan;
};

/**
 * @throws WinnowError GGUF_CORRUPT when llama.cpp refuses the file or dies of it, BACKEND_CRASHED when something kills it,
 * OUT_OF_MEMORY, GPU_UNAVAILABLE, MACHINE_UNAVAILABLE, CANCELLED
 */
export async function loadModel(
  backend: Backend,
  info: ModelInfo,
  placement: Placement,
  { placed, ...options }: LoadModelOptions = {},
): Promise<LoadedModel> {
  const how = await howToLoad(backend, info, placement, { ...options, ...(placed && { placed }) });
  return loadFiles(backend, info, { ...loadParams(info, how), vocabOnly: false }, options);
}

/**
 * Where a model will lie, other machines included.
 * @throws WinnowError GPU_UNAVAILABLE, MACHINE_UNAVAILABLE
 */
export async function howToLoad(
  backend: Backend,
  info: PlacedInfo,
  placement: Placement,
  { placed, signal, ...plan }: PlanOptions & Pick<LoadModelOptions, 'placed' | 'signal'>,
): Promise<LoadPlan> {
  if (placement.rpc.length > 0) return placeOnMachines(info, placement, backend, { signal });
  return placed ?? placeModel(info, placement, backend, plan);
}

/**
 * What contexts for scoring would allocate, by device; null where llama.cpp cannot make one. Nothing is loaded.
 * @throws WinnowError as loadModel
 */
export async function scoringMemory(
  backend: Backend,
  info: ModelFiles & Pick<ModelInfo, 'moeLayers' | 'blockCount'>,
  placed: LoadPlan,
  contexts: Params<'scoringMemory'>['contexts'],
  options: CallOptions = {},
): Promise<Result<'scoringMemory'>> {
  try {
    const where = loadParams(info, placed);
    return await backend.call('scoringMemory', { parts: [...info.parts], ...where, contexts }, options);
  } catch (error) {
    throw loadFailure(error, info.path);
  }
}

/** @returns what loads the model when it is first called, and gives that one from then on */
export function loadOnce(...how: Parameters<typeof loadModel>): () => Promise<LoadedModel> {
  let model: Promise<LoadedModel> | undefined;
  return () => (model ??= loadModel(...how));
}

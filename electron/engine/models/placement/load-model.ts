// Loads a model into a backend worker, according to its placement.
import type { ModelFacts } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { type Backend, loadFailure, loadFiles, type LoadedModel, type ModelFiles } from '../../base/backend/backend.ts';
import type { Params, Result } from '../../base/backend/protocol.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { activeExpertsKey } from '../active-experts.ts';
import { readModel } from '../inspect.ts';
import { openModelFiles } from '../model-files.ts';
import { addMachines, takeSnapshot } from './machine-snapshot.ts';
import { modelShape } from './model-shape.ts';
import { placeModel, type LoadPlan } from './place-model.ts';

type LoadModelOptions = CallOptions & {
  /** Where it lies, if that is already decided. */
  readonly placed?: LoadPlan;
  /** Experts that a token activates; replaces the header's number. */
  readonly activeExperts?: number | undefined;
};

/**
 * Loads a model.
 * @throws WinnowError GGUF_CORRUPT when llama.cpp refuses the file or dies of it, BACKEND_CRASHED when something kills it,
 * OUT_OF_MEMORY, GPU_UNAVAILABLE, MACHINE_UNAVAILABLE, CANCELLED
 */
export async function loadModel(
  backend: Backend,
  info: ModelFacts,
  placement: Placement,
  { placed, activeExperts, ...options }: LoadModelOptions = {},
): Promise<LoadedModel> {
  let load = placed;
  if (load === undefined) {
    const snapshot = await takeSnapshot(placement, backend, options);
    const shape = modelShape(await readModel(await openModelFiles(info.path), backend));
    ({ load } = placeModel(shape, snapshot, placement));
  } else if (placement.rpc.length > 0) {
    // another worker may have taken the snapshot, so this one does not know the machines yet
    await addMachines(backend, placement.rpc, options);
  }
  return loadFiles(
    backend,
    info,
    {
      ...workerPlan(load),
      vocabOnly: false,
      ...(activeExperts !== undefined && {
        activeExperts: { key: activeExpertsKey(info.arch), count: activeExperts },
      }),
    },
    options,
  );
}

/**
 * Memory that contexts for scoring would allocate, by device; null if llama.cpp cannot make one. Nothing is loaded.
 * @throws WinnowError as loadModel
 */
export async function scoringMemory(
  backend: Backend,
  { path, parts }: ModelFiles,
  load: LoadPlan,
  contexts: Params<'scoringMemory'>['contexts'],
  options: CallOptions = {},
): Promise<Result<'scoringMemory'>> {
  try {
    return await backend.call('scoringMemory', { parts: [...parts], ...workerPlan(load), contexts }, options);
  } catch (error) {
    throw loadFailure(error, path);
  }
}

/** The part of a plan that a worker is told. */
export function workerPlan({
  cpuExpertLayers: _,
  ...places
}: LoadPlan): Omit<Params<'load'>, 'parts' | 'vocabOnly' | 'activeExperts'> {
  return places;
}

// llama.cpp: the arguments that place a model where it fits on this machine.
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { freeMemory } from '../../models/library/machine-memory.ts';
import { memoryFit } from '../../models/library/memory-fit.ts';
import type { ReadModel } from '../../models/inspect.ts';
import { takeSnapshot } from '../../models/placement/machine-snapshot.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { placeModel, type PlacedModel } from '../../models/placement/place-model.ts';
import { USUAL_NEED } from '../../models/placement/workload.ts';

/** With fewer tokens there is hardly room for a conversation. */
const LEAST_CTX = 1024;

type LlamaCppSettings = Pick<PlacedModel, 'gpuLayers' | 'cpuExpertLayers'> & { readonly ctx: number };

/**
 * Chooses settings for this machine as it is now.
 * @param asked requested tokens of context; limited to what the model has, and halved until weights and cache fit into memory, unless
 *   the file was made for them
 * @throws WinnowError GPU_UNAVAILABLE; GGUF_CORRUPT when the header contradicts itself
 */
export async function llamaCppSettings(
  model: ReadModel,
  { ctx: asked, isMadeFor }: { readonly ctx: number; readonly isMadeFor: boolean },
  placement: Placement,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<LlamaCppSettings> {
  using backend = new Backend(placement.gpu, host);
  const snapshot = await takeSnapshot({ ...placement, rpc: [] }, backend, signal ? { signal } : {});
  const memory = freeMemory(snapshot);
  const shape = modelShape(model);
  const most = model.info.contextLength > 0 ? Math.min(asked, model.info.contextLength) : asked;
  let ctx = most;
  while (
    !isMadeFor &&
    ctx / 2 >= LEAST_CTX &&
    memoryFit({ ...model, shape }, { ctx, keep: null }, memory).verdict === 'disk'
  ) {
    ctx = Math.floor(ctx / 2);
  }
  const need = { ...USUAL_NEED, cacheTokens: ctx };
  const { settled } = placeModel(shape, snapshot, { ...placement, rpc: [] }, need);
  const { devices, gpuLayers, cpuExpertLayers } = settled;
  return devices.length === 0 ? { ctx, gpuLayers: 0, cpuExpertLayers: 0 } : { ctx, gpuLayers, cpuExpertLayers };
}

/** The arguments after the program's name. Without a GPU they say nothing about layers. */
export function llamaCppArguments(path: string, { ctx, gpuLayers, cpuExpertLayers }: LlamaCppSettings): string[] {
  return [
    ...['-m', path, '-c', String(ctx)],
    ...(gpuLayers > 0 ? ['-ngl', String(gpuLayers)] : []),
    ...(cpuExpertLayers > 0 ? ['--n-cpu-moe', String(cpuExpertLayers)] : []),
  ];
}

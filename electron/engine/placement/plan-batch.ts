// Asks llama.cpp and this machine what `chooseBatch` needs to know, and keeps to the batch of a run that began earlier.
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import { hostMemory } from './host-memory.ts';
import { scoringMemory } from './load-model.ts';
import type { LoadPlan, PlacedInfo } from './place-model.ts';
import { scoringNeed } from './workload.ts';
import type { CallOptions } from '../backend/worker-client.ts';
import type { ModelShape } from './model-shape.ts';
import { chooseBatch, type Batch, type BatchQuestion, type ChosenBatch } from './choose-batch.ts';
import { scoringContext } from './scoring-context.ts';

export type BatchRequest = Pick<BatchQuestion, 'lengths' | 'alone' | 'nUbatch' | 'begun'> & {
  readonly placement: Pick<Placement, 'threads' | 'memoryLimit'>;
  /** Where it will lie, other machines included. */
  readonly placed: LoadPlan;
};

/**
 * How the demos run through the model on this machine.
 * @throws WinnowError OUT_OF_MEMORY; of the worker
 */
export async function planBatch(
  model: { readonly info: PlacedInfo; readonly shape: ModelShape },
  request: BatchRequest,
  backend: Backend,
  options: CallOptions = {},
): Promise<ChosenBatch> {
  const { lengths, alone, placement, placed } = request;
  const measure = async (batches: readonly Batch[]): Promise<number[]> => {
    // the model was placed for this much on the devices: what needs more of them does not fit
    const placedFor: Batch = { nUbatch: scoringNeed(request.nUbatch, lengths).ubatchTokens, nSlice: 0, kvType: 'f16' };
    const contexts = [placedFor, ...batches].map((batch) =>
      scoringContext(lengths, { ...batch, threads: placement.threads }, alone),
    );
    const found = await scoringMemory(backend, model.info, placed, contexts, options);
    const [allowed, ...bytes] = found.map((uses) => uses && bytesOf(uses, placed.devices));
    return bytes.map((found) => (found && found.devices <= (allowed?.devices ?? 0) ? found.host : Infinity));
  };
  return chooseBatch({
    ...request,
    ...hostWeights(model.shape, placed),
    roomBytes: Math.min(hostMemory().freeBytes, placement.memoryLimit ?? Infinity),
    kvTypes: ['f16', 'q8_0'],
    measure,
  });
}

/** Weights that lie in host memory, or are read from disk: those of each layer that stay mapped, and the others. */
function hostWeights(
  { layers }: Pick<ModelShape, 'layers'>,
  { gpuLayers, cpuExpertLayers, devices, repack }: LoadPlan,
): Pick<BatchQuestion, 'layerBytes' | 'fixedBytes'> {
  // llama.cpp counts from the end, the output layer included
  const firstOnGpu = devices.length === 0 ? layers.length : Math.max(0, layers.length + 1 - gpuLayers);
  let moeLayers = 0;
  let fixedBytes = 0;
  const layerBytes = layers.map(({ isMoe, experts, others }, index) => {
    const hasCpuExperts = isMoe && moeLayers++ < cpuExpertLayers;
    if (index >= firstOnGpu) return hasCpuExperts ? experts.bytes : 0;
    if (repack !== 'others') return experts.bytes + others.bytes;
    fixedBytes += others.bytes;
    return experts.bytes;
  });
  return { layerBytes, fixedBytes };
}

function bytesOf(
  uses: readonly { readonly device: string; readonly cacheBytes: number; readonly computeBytes: number }[],
  names: readonly string[],
): { readonly host: number; readonly devices: number } {
  let host = 0;
  let devices = 0;
  for (const { device, cacheBytes, computeBytes } of uses) {
    if (names.includes(device)) devices += cacheBytes + computeBytes;
    else host += cacheBytes + computeBytes;
  }
  return { host, devices };
}

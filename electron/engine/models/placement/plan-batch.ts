// Asks llama.cpp for what `chooseBatch` needs to know.
import type { Placement } from '../../../contract/requests.ts';
import { sum } from '../../base/statistics/averages.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { sliceTokens, type Batch, type ReadDemos, scoringContext } from './packs.ts';
import { chooseBatch, type BatchQuestion, type ChosenBatch } from './choose-batch.ts';
import type { Buffers } from './cost.ts';
import { hostRoom, sharedBytes, hostWeights } from './reading.ts';
import { HOST, layerMap } from './layer-map.ts';
import type { ModelFiles } from '../../base/backend/load-files.ts';
import { scoringMemory } from './load-model.ts';
import type { MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import type { LoadPlan } from './place-model.ts';
import { placedWeights } from './placed-bytes.ts';
import { scoringNeed, workBytes } from './workload.ts';

type BatchRequest = ReadDemos & Pick<BatchQuestion, 'nUbatch' | 'begun'> & Pick<Placement, 'threads'>;

/** A placed model. */
type PlacedFiles = {
  readonly files: ModelFiles;
  readonly shape: ModelShape;
  readonly snapshot: MachineSnapshot;
  readonly load: LoadPlan;
};

type PlannedBatch = ChosenBatch & {
  /** As `buffersOf` returns them; null: not asked for, since they fit by far. */
  readonly buffers: readonly Buffers[] | null;
};

/**
 * How the demos run through the model on this machine.
 * @throws WinnowError OUT_OF_MEMORY; errors of the worker
 */
export async function planBatch(
  model: PlacedFiles,
  request: BatchRequest,
  backend: Backend,
  options: CallOptions = {},
): Promise<PlannedBatch> {
  const { shape, load, snapshot } = model;
  const [, ...weights] = placedWeights(shape, load);
  const used = (bytes: readonly number[]) =>
    load.devices.map((name, at) => ({
      isShared: snapshot.gpus.some((gpu) => gpu.name === name && gpu.isShared),
      bytes: bytes[at] ?? 0,
    }));
  const measured = new Map<string, readonly Buffers[] | null>();
  const measure = async (batches: readonly Batch[]): Promise<number[]> => {
    // the model was placed for this much memory on the devices: a batch that needs more of it does not fit
    const { ubatchTokens } = scoringNeed(request.nUbatch, request);
    const placedFor: Batch = { nUbatch: ubatchTokens, nSlice: 0, kvType: 'f16' };
    const found = await buffersOf(model, request, [placedFor, ...batches], backend, options);
    batches.forEach((batch, at) => measured.set(batchKey(batch), found[at + 1] ?? null));
    const [allowed, ...asked] = found.map((buffers) =>
      buffers?.map(({ kvBytes, computeBytes }) => kvBytes + computeBytes),
    );
    return asked.map((bytes) => {
      if (!bytes || onDevices(bytes) > onDevices(allowed ?? [])) return Infinity;
      const [host = 0, ...devices] = bytes;
      return host + sharedBytes(used(devices));
    });
  };
  const chosen = await chooseBatch({
    ...request,
    weights: hostWeights(shape, layerMap(shape, load).layers, load.repack),
    roomBytes: hostRoom(snapshot.host.freeBytes, 0, used(weights)),
    measure,
  });
  return { ...chosen, buffers: measured.get(batchKey(chosen)) ?? null };
}

/**
 * Cache and compute buffers of the host and the plan's devices, in that order, as llama.cpp and its CPU backend would
 * allocate them for each batch; null if they cannot make such a context.
 * @throws WinnowError errors of the worker
 */
export async function buffersOf(
  { files, shape, load }: Pick<PlacedFiles, 'files' | 'shape' | 'load'>,
  { threads, ...demos }: ReadDemos & Pick<Placement, 'threads'>,
  batches: readonly Batch[],
  backend: Backend,
  options: CallOptions = {},
): Promise<(readonly Buffers[] | null)[]> {
  const contexts = batches.map((batch) => scoringContext(demos, { ...batch, threads }));
  const found = await scoringMemory(backend, files, load, contexts, options);
  const hostComputes = layerMap(shape, load).layers.some(({ others, experts }) => others === HOST || experts === HOST);
  return found.map((uses, at) => {
    if (!uses) return null;
    const batch = batches[at]!;
    const tokens = { ubatchTokens: Math.min(batch.nUbatch, contexts[at]!.nCtx), sliceTokens: sliceTokens(batch) };
    const sumOf = (belongs: (device: string) => boolean): Buffers => ({
      kvBytes: uses.reduce((sum, { device, cacheBytes }) => sum + (belongs(device) ? cacheBytes : 0), 0),
      computeBytes: uses.reduce((sum, { device, computeBytes }) => sum + (belongs(device) ? computeBytes : 0), 0),
    });
    const host = sumOf((device) => !load.devices.includes(device));
    return [
      { ...host, computeBytes: host.computeBytes + (hostComputes ? workBytes(shape, tokens) : 0) },
      ...load.devices.map((name) => sumOf((device) => device === name)),
    ];
  });
}

function batchKey({ nUbatch, nSlice, kvType }: Batch): string {
  return [nUbatch, nSlice, kvType].join();
}

/** Bytes on devices. @param bytes of the host and the devices */
function onDevices([, ...bytes]: readonly number[]): number {
  return sum(bytes);
}

// Estimates a run on this machine as it is now.
import type { ScoringEstimate } from '../../contract/api/runs.ts';
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import { hostMemory } from '../placement/host-memory.ts';
import { howToLoad, scoringMemory } from '../placement/load-model.ts';
import type { LoadPlan, PlacedInfo } from '../placement/place-model.ts';
import { machineDevices } from '../placement/machine-split.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { PreparedScoring } from './prepare-scoring.ts';
import { listModels } from '../store/models.ts';
import { scoringContext } from '../placement/scoring-context.ts';
import { knownRates } from './known-rates.ts';
import type { Buffers } from '../placement/cost.ts';
import { estimateOf } from '../placement/estimate.ts';
import type { ModelShape } from '../placement/model-shape.ts';
import type { Batch } from '../placement/passes.ts';
import type { FreeDevice, FreeDevices } from '../placement/place-layers.ts';

export type EstimatedRun = {
  readonly info: PlacedInfo;
  readonly shape: ModelShape;
  readonly lengths: readonly number[];
  readonly isRecurrent: boolean;
  readonly batch: Batch;
  readonly placed: LoadPlan;
  /** Of the host. */
  readonly memoryLimit: number | undefined;
  readonly threads: number;
};

/**
 * @param backend asked for its devices, if the placement names some
 * @throws WinnowError BACKEND_CRASHED; CANCELLED
 */
export async function estimateRun(
  run: EstimatedRun,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  signal?: AbortSignal,
): Promise<ScoringEstimate> {
  const free = await freeDevices(run.placed, backend);
  const hostBytes = Math.min(free.hostBytes, run.memoryLimit ?? Infinity);
  const plan = { ...run, free: { ...free, hostBytes }, buffers: await buffersOf(run, backend) };
  const { path, bytes } = run.info;
  const known = listModels(store).find(({ info }) => info.path === path && info.bytes === bytes);
  const { threads } = run;
  const rates = await knownRates({ store, host, plan, threads, path, modelRow: known?.id ?? null, signal });
  return estimateOf(plan, rates);
}

/**
 * The same for a run that is ready to be scored.
 * @throws as estimateRun; MACHINE_UNAVAILABLE
 */
export async function estimatePrepared(
  { info, shape, isRecurrent, tokenized, settings, placed: here }: PreparedScoring,
  placement: Placement,
  context: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  signal?: AbortSignal,
): Promise<ScoringEstimate> {
  const { nUbatch, nSlice, kvType, threads } = settings;
  const placed = await howToLoad(backend, info, placement, { placed: here, signal });
  const lengths = tokenized.map(({ tokens }) => tokens.length);
  const batch = { nUbatch, nSlice: nSlice || nUbatch, kvType };
  const { memoryLimit } = placement;
  const run = { info, shape, lengths, isRecurrent, batch, placed, memoryLimit, threads };
  return estimateRun(run, context, backend, signal);
}

/** Of the host and the placement's devices; null where llama.cpp cannot make such a context. */
async function buffersOf(run: EstimatedRun, backend: Backend): Promise<Buffers[] | null> {
  const { info, placed, lengths, batch, isRecurrent, threads } = run;
  const [uses] = await scoringMemory(backend, info, placed, [
    scoringContext(lengths, { ...batch, threads }, isRecurrent),
  ]);
  if (!uses) return null;
  const sumOf = (belongs: (device: string) => boolean): Buffers => ({
    kvBytes: uses.reduce((sum, { device, cacheBytes }) => sum + (belongs(device) ? cacheBytes : 0), 0),
    computeBytes: uses.reduce((sum, { device, computeBytes }) => sum + (belongs(device) ? computeBytes : 0), 0),
  });
  return [
    sumOf((device) => !placed.devices.includes(device)),
    ...placed.devices.map((name) => sumOf((device) => device === name)),
  ];
}

async function freeDevices({ devices: names }: LoadPlan, backend: Backend): Promise<FreeDevices> {
  const hostBytes = hostMemory().freeBytes;
  if (names.length === 0) return { hostBytes, others: [] };
  const devices = await backend.call('devices', {});
  const machines = new Set(machineDevices(devices));
  const others = names.map((name): FreeDevice => {
    const device = devices.find((one) => one.name === name);
    const isMachine = device !== undefined && machines.has(device);
    return {
      name: isMachine ? device.description : name,
      kind: isMachine ? 'machine' : 'gpu',
      freeBytes: device?.memoryFree ?? 0,
    };
  });
  return { hostBytes, others };
}

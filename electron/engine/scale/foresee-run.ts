// Foresees a run on this machine as it is now.
import type { Foreseen } from '../../contract/api/runs.ts';
import type { Backend } from '../backend/backend.ts';
import type { PlacedModel } from '../backend/placement.ts';
import type { EngineContext } from '../context.ts';
import { ramNow } from '../library/machine-memory.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { listModels } from '../store/models.ts';
import { knownRates } from './coefficients/known-rates.ts';
import { foresee } from './foresee.ts';
import type { ModelShape } from './model-shape.ts';
import type { Batch } from './passes.ts';
import type { FreeDevices } from './place-layers.ts';

export type ForeseenRun = {
  readonly info: Pick<ModelInfo, 'path' | 'bytes'>;
  readonly shape: ModelShape;
  readonly lengths: readonly number[];
  readonly isRecurrent: boolean;
  readonly batch: Batch;
  readonly placed: PlacedModel;
  readonly threads: number;
};

/**
 * @param backend asked for its devices, if the placement names some
 * @throws WinnowError BACKEND_CRASHED; CANCELLED
 */
export async function foreseeRun(
  run: ForeseenRun,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  signal?: AbortSignal,
): Promise<Foreseen> {
  const plan = { ...run, free: await freeDevices(run.placed, backend) };
  const { path, bytes } = run.info;
  const known = listModels(store).find(({ info }) => info.path === path && info.bytes === bytes);
  const { threads } = run;
  const rates = await knownRates({ store, host, plan, threads, path, modelRow: known?.id ?? null, signal });
  return foresee(plan, rates);
}

async function freeDevices({ devices: names }: PlacedModel, backend: Backend): Promise<FreeDevices> {
  const hostBytes = ramNow().freeBytes;
  if (names.length === 0) return { hostBytes, others: [] };
  const devices = await backend.call('devices', {});
  const others = names.map((name) => {
    const device = devices.find((one) => one.name === name);
    return { name, kind: 'gpu' as const, freeBytes: device?.memoryFree ?? 0 };
  });
  return { hostBytes, others };
}

// Estimates a planned run from the rates of this machine.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { ModelFiles } from '../../base/backend/load-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { estimateOf, type Repeats, type ScoringPlan } from '../../models/placement/estimate.ts';
import { buffersOf } from '../../models/placement/plan-batch.ts';
import { knownRates } from './known-rates.ts';
import { planReading, type Reading } from './plan-run.ts';

type EstimatedModel = {
  readonly files: ModelFiles;
  /** The model's row in the store; null: it was never scored. */
  readonly modelRow: number | null;
  readonly threads: number;
};

/**
 * @param backend the worker that the run was planned with
 * @throws WinnowError BACKEND_CRASHED; errors of measuring; CANCELLED
 */
export async function estimateRun(
  { files, modelRow, threads }: EstimatedModel,
  plan: ScoringPlan,
  repeats: Partial<Repeats>,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  signal?: AbortSignal,
): Promise<ScoringEstimate> {
  const [buffers = null] = plan.buffers
    ? [plan.buffers]
    : await buffersOf({ files, ...plan }, { ...plan, threads }, [plan.batch], backend, { signal });
  const measured = { ...plan, buffers };
  return estimateOf(
    measured,
    await knownRates({ store, host, plan: measured, threads, path: files.path, modelRow, signal }),
    repeats,
  );
}

/** The seconds that reading tokens takes. @throws WinnowError as `planReading`; errors of estimating */
export async function secondsOfReading(
  reading: Reading,
  repeats: Partial<Repeats>,
  context: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
): Promise<ScoringEstimate['seconds']> {
  const { threads } = reading.placement;
  const plan = await planReading(reading, backend);
  return (await estimateRun({ ...reading, threads }, plan, repeats, context, backend)).seconds;
}

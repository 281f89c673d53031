// Estimates planned runs by the rates of this machine, and learns from finished ones.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { ModelFiles } from '../../base/backend/load-files.ts';
import type { Store } from '../../store/database.ts';
import { costOf, estimateOf, type Repeats, type RunRates, type ScoringPlan } from '../../models/placement/cost.ts';
import { buffersOf } from '../../models/placement/plan-batch.ts';
import { knownRates, measuredRate, noteRate, secondsOf, typicalRates } from '../../store/rates.ts';
import { planReading, type Reading } from './plan-run.ts';

type EstimatedModel = {
  readonly files: ModelFiles;
  /** The model's row in the store; null: it was never scored. */
  readonly modelRow: number | null;
  readonly threads: number;
};

/** A shorter run says more about its start than about the model. */
const TELLING_RUN_S = 2;

/**
 * @param backend the worker that the run was planned with
 * @throws WinnowError BACKEND_CRASHED; CANCELLED
 */
export async function estimateRun(
  model: EstimatedModel,
  plan: ScoringPlan,
  repeats: Repeats,
  store: Store,
  backend: Backend,
  signal?: AbortSignal,
): Promise<ScoringEstimate> {
  const { files, threads } = model;
  const [buffers = null] = plan.buffers
    ? [plan.buffers]
    : await buffersOf({ files, ...plan }, { ...plan, threads }, [plan.batch], backend, { signal });
  return estimateOf({ ...plan, buffers }, ratesOf(model, plan, store), repeats);
}

/** The seconds that reading tokens takes. @throws WinnowError as `planReading`; errors of estimating */
export async function secondsOfReading(
  reading: Reading,
  repeats: Repeats,
  store: Store,
  backend: Backend,
): Promise<number> {
  const model = { ...reading, threads: reading.placement.threads };
  return (await estimateRun(model, await planReading(reading, backend), repeats, store, backend)).seconds;
}

/** Rates by an earlier run of the model in the same place; otherwise typical ones. */
export function ratesOf(
  { modelRow, threads }: Omit<EstimatedModel, 'files'>,
  plan: ScoringPlan,
  store: Store,
): RunRates {
  const known = knownRates(store, threads);
  const speed = modelRow === null ? undefined : measuredRate(store, placeKey(modelRow, threads, plan));
  return { rates: (kind) => known(kind, speed), isRough: speed === undefined };
}

/**
 * Remembers how fast a run was in its place, compared with typical rates.
 * @param pass its tokens, which may be a part of the plan's, and their seconds, without loading
 */
export function noteRun(
  { modelRow, threads }: { readonly modelRow: number; readonly threads: number },
  plan: ScoringPlan,
  pass: { readonly tokens: number; readonly seconds: number },
  store: Store,
): void {
  if (pass.seconds < TELLING_RUN_S) return;
  const { running, tokens } = costOf(plan);
  const share = pass.tokens / tokens;
  const { disk = 0, ...computing } = running;
  const typical = typicalRates(threads);
  const seconds = pass.seconds - (share * disk) / typical('disk');
  if (seconds > 0)
    noteRate(store, placeKey(modelRow, threads, plan), (share * secondsOf(computing, typical)) / seconds);
}

/** Names where a model computes. A worker only numbers machines in the order in which they were added, so they go by HOST:PORT. */
function placeKey(modelRow: number, threads: number, { load, snapshot: { machines } }: ScoringPlan): string {
  const devices = load.devices.map((name) => machines.find((machine) => machine.name === name)?.label ?? name);
  return ['run', modelRow, threads, load.gpuLayers, load.cpuExpertLayers, ...devices].join(' ');
}

// How a run will be scored: where its model will lie, how many tokens run at once, the settings that its scores depend on, and how fast it
// will be, by what finished runs tell. The page's estimate, `winnow score --estimate` and the run itself all use this module.
import { llamaSource } from '../../../../native/index.ts';
import type { Placement, ScoreRequest } from '../../../contract/requests.ts';
import type { Backend, ModelFiles } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { type Batch, type ReadDemos, contextWindow } from '../../models/placement/packs.ts';
import { planCost, type RunRates, type ScoringPlan } from '../../models/placement/cost.ts';
import { takeSnapshot } from '../../models/placement/machine-snapshot.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import {
  type Placed,
  type PlacedModel,
  placeAsBefore,
  placedModelSchema,
  placeModel,
} from '../../models/placement/place-model.ts';
import { type PlacedFiles, sizeBuffers, planBatch } from '../../models/placement/plan-batch.ts';
import type { HostReading } from '../../models/placement/reading.ts';
import { scoringNeed } from '../../models/placement/workload.ts';
import type { Store } from '../../store/database.ts';
import type { Task } from '../../store/task.ts';
import { listRunsOfDemos, settingsHash, type ScoreRun } from '../../store/score-runs.ts';
import { knownRates, measuredRate, noteRate, secondsOf, typicalRates } from '../../store/rates.ts';
import type { ScoringSubject } from './scored-subject.ts';
import { z } from 'zod';

/** Raise it when a change of the code changes scores: stored runs of other versions are not reused. */
const SCORING_VERSION = 4;

/**
 * Everything besides model and demos that determines the scores bit for bit, except which of ggml's CPU backends computes. They
 * round differently: a run that is resumed with another one mixes last bits of both.
 */
type RunSettings = Batch & {
  readonly version: number;
  readonly llama: string;
  readonly maxTokens: number;
  /** The actual placement, not the requested one: "auto" may mean something else tomorrow. It excludes other machines. */
  readonly placement: PlacedModel;
  /** Number of threads: llama.cpp splits the attention of a single token by thread. */
  readonly threads: number;
  /** Tokens of the windows in which longer demos are read; absent: none is longer. */
  readonly window?: number;
  /** Block indices of the prediction blocks that are run and scored; absent: none. */
  readonly predictionLayers?: readonly number[];
};

export type PlannedRun = {
  readonly placed: Placed;
  readonly plan: ScoringPlan;
  readonly settings: RunSettings;
  readonly paging: HostReading['paging'];
};

/** How something is scored. */
export type ScoreOptions = Omit<ScoreRequest, 'model' | 'demos'>;

/**
 * @param task if it has begun a run, that is resumed; with `fresh`, all other stored runs are ignored
 * @param backend a worker; it knows the machines that lend memory from then on
 * @throws WinnowError GPU_UNAVAILABLE, MACHINE_UNAVAILABLE; OUT_OF_MEMORY; errors of the worker
 */
export async function planRun(
  { info: files, shape, modelId, demos, isRecurrent: alone, predictionLayers }: ScoringSubject,
  wishes: ScoreOptions,
  { rows, signal }: Task,
  store: Store,
  backend: Backend,
): Promise<PlannedRun> {
  const hasBegun = rows.runId !== undefined;
  const options = { signal };
  const { placement, nUbatch, maxTokens, fresh } = wishes;
  const lengths = demos.map(({ tokens }) => tokens);
  const window = contextWindow(files);
  const { threads } = placement;
  const read = { lengths, alone, window, threads };
  const fixed = {
    version: SCORING_VERSION,
    llama: llamaSource().tag,
    maxTokens,
    threads,
    ...(predictionLayers.length > 0 && { predictionLayers }),
    ...(window !== undefined && lengths.some((tokens) => tokens > window) && { window }),
  };
  const runs =
    modelId === null || (fresh && !hasBegun)
      ? []
      : listRunsOfDemos(
          store,
          modelId,
          demos.map(({ hash }) => hash),
        );
  const snapshot = await takeSnapshot(placement, backend, options);
  const placed = placeAsBefore(shape, snapshot, placement, scoringNeed(nUbatch, read), placements(runs, fixed));
  const unbatched = { ...fixed, placement: placed.settled };
  const model = { files, shape, snapshot, load: placed.load };
  const batchBeside = (begun: Batch | null) => planBatch(model, { ...read, nUbatch, begun }, backend, options);
  const newest = nUbatch === 'auto' ? begunWith(runs, unbatched, wishes) : null;
  // a lack of memory caused a quantised cache, which changes the scores: if there is enough now, such a run is not continued
  const now = newest?.batch.kvType === 'q8_0' && !hasBegun ? await batchBeside(null) : null;
  const begun = now?.kvType === 'f16' ? begunWith(runs.filter(hasWholeCache), unbatched, wishes) : newest;
  const chosen =
    begun?.isStored && !fresh
      ? { ...begun.batch, paging: null, buffers: null } // nothing will be computed
      : begun === null && now !== null
        ? now
        : await batchBeside(begun?.batch ?? null);
  const plan = await planWith(model, read, chosen, backend, options);
  return { placed, plan, settings: { ...unbatched, ...plan.batch }, paging: chosen.paging };
}

/** The plan with this batch, and with its buffers, which are asked for if they are not known. */
async function planWith(
  model: PlacedFiles,
  demos: ReadDemos & { readonly threads: number },
  { nUbatch, nSlice, kvType, buffers: sizes }: Batch & { readonly buffers: ScoringPlan['buffers'] },
  backend: Backend,
  options: CallOptions = {},
): Promise<ScoringPlan> {
  const { shape, snapshot, load } = model;
  const batch: Batch = { nUbatch, nSlice, kvType };
  const [buffers = null] = sizes ? [sizes] : await sizeBuffers(model, demos, [batch], backend, options);
  return { ...demos, shape, snapshot, load, batch, buffers };
}

function hasWholeCache({ settings }: ScoreRun): boolean {
  return readStoredSettings(settings)?.kvType === 'f16';
}

/** Work that reads tokens, or reads and writes them, and that is not stored as a run. */
type Reading = ReadDemos & {
  readonly files: ModelFiles;
  readonly shape: ModelShape;
  readonly nUbatch: number;
  readonly placement: Placement;
  /** Host memory reserved for other work at the same time; default: none. */
  readonly reservedBytes?: number;
};

/** Plans such work according to the memory that is free now. @throws WinnowError as `planRun` */
export async function planReading(
  { files, shape, nUbatch, placement, reservedBytes = 0, lengths, alone, window }: Reading,
  backend: Backend,
): Promise<ScoringPlan> {
  const { host, ...others } = await takeSnapshot(placement, backend);
  const snapshot = { ...others, host: { ...host, freeBytes: Math.max(0, host.freeBytes - reservedBytes) } };
  const read = { lengths, alone, window, threads: placement.threads };
  const { load } = placeModel(shape, snapshot, placement, scoringNeed(nUbatch, read));
  const model = { files, shape, snapshot, load };
  return planWith(model, read, await planBatch(model, { ...read, nUbatch, begun: null }, backend), backend);
}

/** Settings that depend on free memory, and those that do not affect placement and batch. */
const CHOSEN = ['placement', 'nUbatch', 'nSlice', 'kvType'] as const;

/** Where the model lay in runs that differ only in that and the batch; newest first. */
function placements(runs: readonly ScoreRun[], fixed: object): PlacedModel[] {
  const hash = settingsHash(fixed);
  return runs.flatMap(({ settings }) => {
    const stored = readStoredSettings(settings);
    if (!stored) return [];
    const rest = Object.entries(stored).filter(([key]) => !CHOSEN.some((chosen) => chosen === key));
    return settingsHash(Object.fromEntries(rest)) === hash ? [stored.placement] : [];
  });
}

/**
 * The batch of an earlier run that differs only in that, so that an automatic choice finds the run again: preferably of a finished run,
 * else of the newest.
 * @returns isStored: that run is finished and is exactly what should be scored
 */
function begunWith(
  runs: readonly ScoreRun[],
  unbatched: object,
  { importance = false }: ScoreOptions,
): { readonly batch: Batch; readonly isStored: boolean } | null {
  const hash = settingsHash(unbatched);
  const earlier = runs.flatMap((run) => {
    const stored = readStoredSettings(run.settings);
    if (!stored) return [];
    const { nUbatch, nSlice, kvType, ...rest } = stored;
    if (settingsHash(rest) !== hash) return [];
    const isStored = run.state === 'done' && (run.importance || !importance);
    return [{ batch: { nUbatch, nSlice, kvType }, isStored }];
  });
  return earlier.find(({ isStored }) => isStored) ?? earlier[0] ?? null;
}

const storedSettingsSchema = z.looseObject({
  nUbatch: z.int().positive(),
  nSlice: z.int().nonnegative(),
  kvType: z.enum(['f16', 'q8_0']),
  threads: z.int().positive(),
  placement: placedModelSchema,
  window: z.int().positive().exactOptional(),
});
type StoredSettings = z.infer<typeof storedSettingsSchema>;

/** @returns null: they came with a run from elsewhere, and are not complete */
function readStoredSettings(settings: unknown): StoredSettings | null {
  return storedSettingsSchema.safeParse(settings).data ?? null;
}

/** A shorter run says more about its start than about the model. */
const TELLING_RUN_S = 2;

/** Rates by an earlier run of the model in the same place; otherwise typical ones. @param modelRow null: it was never scored */
export function runRates(modelRow: number | null, plan: ScoringPlan, store: Store): RunRates {
  const rates = knownRates(store, plan.threads);
  const speed = modelRow === null ? undefined : measuredRate(store, placeKey(modelRow, plan));
  return { rates: (kind) => rates(kind, speed), isRough: speed === undefined };
}

/**
 * Remembers how fast a run was in its place, compared with typical rates.
 * @param pass its tokens, which may be a part of the plan's, and their seconds, without loading
 */
export function noteRun(
  modelRow: number,
  plan: ScoringPlan,
  pass: { readonly tokens: number; readonly seconds: number },
  store: Store,
): void {
  if (pass.seconds < TELLING_RUN_S) return;
  const { running, tokens } = planCost(plan);
  const share = pass.tokens / tokens;
  const { disk = 0, ...computing } = running;
  const typical = typicalRates(plan.threads);
  const seconds = pass.seconds - (share * disk) / typical('disk');
  if (seconds > 0) noteRate(store, placeKey(modelRow, plan), (share * secondsOf(computing, typical)) / seconds);
}

/** Names where a model computes. A worker only numbers machines in the order in which they were added, so they go by HOST:PORT. */
function placeKey(modelRow: number, { threads, load, snapshot: { machines } }: ScoringPlan): string {
  const devices = load.devices.map((name) => machines.find((machine) => machine.name === name)?.label ?? name);
  return ['run', modelRow, threads, load.gpuLayers, load.cpuExpertLayers, ...devices].join(' ');
}

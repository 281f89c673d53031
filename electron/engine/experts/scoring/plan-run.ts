// How a run will be scored: where its model will lie, how many tokens run at once, and the settings that its scores depend on.
// The page's estimate, `winnow score --estimate` and the run itself all use this module.
import { llamaSource } from '../../../../native/index.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { ModelFiles } from '../../base/backend/load-files.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { Batch, ReadDemos } from '../../models/placement/packs.ts';
import type { ScoringPlan } from '../../models/placement/cost.ts';
import { type MachineSnapshot, takeSnapshot } from '../../models/placement/machine-snapshot.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import {
  type Placed,
  type PlacedModel,
  placeAsBefore,
  placedModelSchema,
  placeModel,
} from '../../models/placement/place-model.ts';
import { planBatch } from '../../models/placement/plan-batch.ts';
import type { HostReading } from '../../models/placement/reading.ts';
import { scoringNeed } from '../../models/placement/workload.ts';
import type { Store } from '../../store/database.ts';
import { listRunsOfDemos, settingsHash, type ScoreRun } from '../../store/score-runs.ts';
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

/** What will be scored. */
type RunSubject = Omit<ReadDemos, 'lengths'> & {
  readonly files: ModelFiles;
  readonly shape: ModelShape;
  /** The model's row in the store; null: it was never scored. */
  readonly modelRow: number | null;
  readonly demos: readonly { readonly hash: string; readonly tokens: number }[];
  /** Prediction blocks that are also run and scored, as in the shape; default: none. */
  readonly predictionLayers?: readonly number[];
};

type RunOptions = Pick<ScoreRequest, 'maxTokens' | 'nUbatch' | 'placement'> & {
  /** Whether to ignore stored runs, except one that this job itself began. */
  readonly fresh: boolean;
  readonly hasBegun: boolean;
  /** Whether to collect an importance matrix in the same pass; default: no. */
  readonly importance?: boolean;
};

type PlannedRun = {
  /** The snapshot that decided where the model lies. */
  readonly snapshot: MachineSnapshot;
  readonly placed: Placed;
  readonly plan: ScoringPlan;
  readonly settings: RunSettings;
  readonly paging: HostReading['paging'];
};

/**
 * @param backend a worker; it knows the machines that lend memory from then on
 * @throws WinnowError GPU_UNAVAILABLE, MACHINE_UNAVAILABLE; OUT_OF_MEMORY; errors of the worker
 */
export async function planRun(
  { files, shape, modelRow, demos, alone, window, predictionLayers = [] }: RunSubject,
  wishes: RunOptions,
  store: Store,
  backend: Backend,
  options: CallOptions = {},
): Promise<PlannedRun> {
  const { placement, nUbatch, maxTokens, fresh, hasBegun } = wishes;
  const lengths = demos.map(({ tokens }) => tokens);
  const read: ReadDemos = { lengths, alone, window };
  const fixed = {
    version: SCORING_VERSION,
    llama: llamaSource().tag,
    maxTokens,
    threads: placement.threads,
    ...(predictionLayers.length > 0 && { predictionLayers }),
    ...(window !== undefined && lengths.some((tokens) => tokens > window) && { window }),
  };
  const runs =
    modelRow === null || (fresh && !hasBegun)
      ? []
      : listRunsOfDemos(
          store,
          modelRow,
          demos.map(({ hash }) => hash),
        );
  const snapshot = await takeSnapshot(placement, backend, options);
  const placed = placeAsBefore(shape, snapshot, placement, scoringNeed(nUbatch, read), placementsOf(runs, fixed));
  const unbatched = { ...fixed, placement: placed.settled };
  const { load } = placed;
  const batchBeside = (begun: Batch | null) =>
    planBatch(
      { files, shape, snapshot, load },
      { ...read, nUbatch, threads: placement.threads, begun },
      backend,
      options,
    );
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
  const batch: Batch = { nUbatch: chosen.nUbatch, nSlice: chosen.nSlice, kvType: chosen.kvType };
  return {
    snapshot,
    placed,
    plan: { ...read, shape, snapshot, load, batch, buffers: chosen.buffers },
    settings: { ...unbatched, ...batch },
    paging: chosen.paging,
  };
}

function hasWholeCache({ settings }: ScoreRun): boolean {
  return readStoredSettings(settings)?.kvType === 'f16';
}

/** Work that reads tokens, or reads and writes them, and that is not stored as a run. */
export type Reading = Pick<RunSubject, 'files' | 'shape' | 'modelRow'> &
  ReadDemos &
  Pick<RunOptions, 'nUbatch' | 'placement'> & {
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
  const read = { lengths, alone, window };
  const { load } = placeModel(shape, snapshot, placement, scoringNeed(nUbatch, read));
  const how = { ...read, nUbatch, threads: placement.threads, begun: null };
  const { paging: _, buffers, ...batch } = await planBatch({ files, shape, snapshot, load }, how, backend);
  return { ...read, shape, snapshot, load, batch, buffers };
}

/** Settings that depend on free memory, and those that do not affect placement and batch. */
const CHOSEN = ['placement', 'nUbatch', 'nSlice', 'kvType'] as const;

/** Where the model lay in runs that differ only in that and the batch; newest first. */
function placementsOf(runs: readonly ScoreRun[], fixed: object): PlacedModel[] {
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
  unbatched: Omit<RunSettings, keyof Batch>,
  { importance = false }: Pick<RunOptions, 'importance'>,
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

// The sums of stored runs over all their demos, added up once and kept: while a run continues, reading its total only costs
// the new demos.
import type { ExpertSums, Criterion, ScoreMatrix } from '../../../contract/criteria.ts';
import { addSums, emptySums, scoreMatrix } from '../selection/criteria.ts';
import type { Store } from '../../store/database.ts';
import { loadDemoScores, scoredPositions } from '../../store/demo-scores.ts';
import type { StoredModel } from '../../store/models.ts';
import { inSlices } from '../../store/slices.ts';
import { requireRun, matrixShape, type StoredRun, requireOneModel } from './stored-run.ts';

/** A run of the largest models takes about a megabyte. */
const REMEMBERED_RUNS = 48;

type RunTotal = StoredRun & {
  /** Sums of the demos scored so far. They keep growing: use them before the next `await`. */
  readonly sums: ExpertSums;
  /** The largest norm of each expert's outputs. */
  readonly maxNorm: Float32Array;
  readonly scoredDemos: number;
};

type Entry = {
  readonly sums: ExpertSums;
  readonly maxNorm: Float32Array;
  demos: number;
  lastPosition: number;
  /** Settles when the current addition is done. */
  busy: Promise<unknown>;
};

export class RunTotals {
  readonly #store: Store;
  /** Indexed by run. */
  readonly #entries = new Map<number, Entry>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The total of a run.
   * @throws WinnowError USAGE: there is no such run; STORE: a stored matrix is damaged; the signal's reason
   */
  async of(runId: number, signal?: AbortSignal): Promise<RunTotal> {
    const { run, model } = requireRun(this.#store, runId);
    const entry = this.#entry(runId, model);
    const growing = entry.busy.then(() => this.#grow(entry, runId, signal));
    entry.busy = growing.catch(() => undefined);
    await growing;
    return { run, model, sums: entry.sums, maxNorm: entry.maxNorm, scoredDemos: entry.demos };
  }

  #entry(runId: number, { info }: StoredModel): Entry {
    const { nLayers, nExpert } = matrixShape(info);
    const entry = this.#entries.get(runId) ?? {
      sums: emptySums(nLayers, nExpert),
      maxNorm: new Float32Array(nLayers * nExpert),
      demos: 0,
      lastPosition: -1,
      busy: Promise.resolve(),
    };
    // the last used entry moves to the end
    this.#entries.delete(runId);
    this.#entries.set(runId, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= REMEMBERED_RUNS) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }

  /** Demos are scored and added in order, so the result is bit for bit the same as adding all of them anew. */
  #grow(entry: Entry, runId: number, signal: AbortSignal | undefined): Promise<void> {
    const positions = scoredPositions(this.#store, runId, entry.lastPosition);
    const add = (position: number): void => {
      const { sums, maxNorm } = loadDemoScores(this.#store, runId, position);
      addSums(entry.sums, sums);
      maxNorm.forEach((norm, i) => (entry.maxNorm[i] = Math.max(entry.maxNorm[i]!, norm)));
      entry.demos += 1;
      entry.lastPosition = position;
    };
    return inSlices(positions, add, signal);
  }
}

type RunScores = StoredRun & {
  /** 0: nothing is scored yet, and the matrix is empty. */
  readonly scoredDemos: number;
  readonly matrix: ScoreMatrix;
  readonly maxNorm: Float32Array;
};

/**
 * @param seed for the criterion "random"
 * @returns the runs in the requested order
 * @throws WinnowError USAGE: a run does not exist, or the runs belong to different models; STORE; the signal's reason
 */
export async function readRunScores(
  totals: RunTotals,
  {
    runIds,
    criterion,
    seed,
  }: { readonly runIds: readonly number[]; readonly criterion: Criterion; readonly seed: number },
  signal?: AbortSignal,
): Promise<{ readonly model: StoredModel; readonly runs: readonly RunScores[] }> {
  const runs: RunScores[] = [];
  for (const runId of runIds) {
    const { run, model, sums, maxNorm, scoredDemos } = await totals.of(runId, signal);
    // random scores are the same for all runs, and slow to generate
    const random = criterion === 'random' ? runs[0]?.matrix : undefined;
    const matrix = random ?? scoreMatrix(criterion, sums, { ...matrixShape(model.info), seed });
    runs.push({ run, model, scoredDemos, matrix, maxNorm });
  }
  return { model: requireOneModel(runs), runs };
}

// Score matrices of stored runs of one model: the basis for choosing experts, and the content of the heatmap.
import type { Criterion, ScoreMatrix } from '../../../contract/criteria.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import type { StoredModel } from '../../store/models.ts';
import type { ScoreRun } from '../../store/score-runs.ts';
import type { RunTotals } from './run-totals.ts';
import { requireOneModel, shapeOf, type StoredRun } from './stored-run.ts';

type RunScores = {
  readonly model: StoredModel;
  /** The runs in the requested order. */
  readonly runs: readonly {
    readonly run: ScoreRun;
    /** 0: nothing is scored yet, and the matrix is empty. */
    readonly scoredDemos: number;
    readonly matrix: ScoreMatrix;
    readonly maxNorm: Float32Array;
  }[];
};

/** What to read of runs. */
type ScoresRequest = {
  readonly runIds: readonly number[];
  readonly criterion: Criterion;
  readonly seed: number;
};

/**
 * @param seed for the criterion "random"
 * @throws WinnowError USAGE: a run does not exist, or the runs belong to different models; STORE; the signal's reason
 */
export async function readRunScores(
  totals: RunTotals,
  { runIds, criterion, seed }: ScoresRequest,
  signal?: AbortSignal,
): Promise<RunScores> {
  const runs: (RunScores['runs'][number] & StoredRun)[] = [];
  for (const runId of runIds) {
    const { run, model, sums, maxNorm, scoredDemos } = await totals.of(runId, signal);
    // random scores are the same for all runs, and slow to generate
    const known = criterion === 'random' ? runs[0]?.matrix : undefined;
    const matrix = known ?? scoreMatrix(criterion, sums, { ...shapeOf(model.info), seed });
    runs.push({ run, model, scoredDemos, matrix, maxNorm });
  }
  return { model: requireOneModel(runs), runs };
}

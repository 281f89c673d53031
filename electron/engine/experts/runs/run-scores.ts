// Score matrices of stored runs of one model: what experts are chosen by, and what the heatmap shows.
import type { Criterion, ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import type { StoredModel } from '../../store/models.ts';
import type { ScoreRun } from '../../store/score-runs.ts';
import { maskOfRun } from './run-mask.ts';
import type { RunTotals } from './run-totals.ts';
import { requireOneModel, shapeOf, type StoredRun } from './stored-run.ts';

type RunScores = {
  readonly model: StoredModel;
  /** In the order asked for. */
  readonly runs: readonly {
    readonly run: ScoreRun;
    /** 0: nothing is scored yet, the matrix is empty. */
    readonly scoredDemos: number;
    readonly matrix: ScoreMatrix;
    readonly maxNorm: Float32Array | null;
    readonly scoredUnder: KeptExperts | null;
  }[];
};

/** What is read of runs. */
type ScoresRequest = {
  readonly runIds: readonly number[];
  readonly criterion: Criterion;
  readonly seed: number;
  /** That count; without it all. */
  readonly tokens?: TokenChoice;
};

/**
 * @param seed of the criterion "random"
 * @throws WinnowError USAGE: a run is not there, or the runs belong to different models; STORE; the signal's reason
 */
export async function readRunScores(
  totals: RunTotals,
  { runIds, criterion, seed, tokens = 'all' }: ScoresRequest,
  signal?: AbortSignal,
): Promise<RunScores> {
  const runs: (RunScores['runs'][number] & StoredRun)[] = [];
  for (const runId of runIds) {
    const { run, model, sums, maxNorm, scoredDemos } = await totals.of(runId, tokens, signal);
    // random scores are the same for all runs, and slow to draw
    const known = criterion === 'random' ? runs[0]?.matrix : undefined;
    const matrix = known ?? scoreMatrix(criterion, sums, { ...shapeOf(model.info), seed });
    runs.push({ run, model, scoredDemos, matrix, maxNorm, scoredUnder: maskOfRun(run.settings)?.kept ?? null });
  }
  return { model: requireOneModel(runs), runs };
}

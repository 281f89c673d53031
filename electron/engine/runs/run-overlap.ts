// How much the choices of several runs have in common.
import type { Criterion } from '../../contract/criteria.ts';
import type { TokenChoice } from '../../contract/token-classes.ts';
import { keptOverlap } from '../selection/overlap.ts';
import { selectExperts } from '../selection/select.ts';
import { inSlices } from '../store/slices.ts';
import { readRunScores } from './run-scores.ts';
import type { RunTotals } from './run-totals.ts';
import { comparedChoice } from './stored-run.ts';

type OverlapRequest = {
  readonly runIds: readonly number[];
  readonly criterion: Criterion;
  /** Experts a layer. */
  readonly keep: number;
  /** That count; without it all. */
  readonly tokens?: TokenChoice;
};

/**
 * @returns the Jaccard index of the kept sets of each pair of runs, its mean over the layers: `[n * n]`
 * @throws WinnowError USAGE: a run is not there, or they belong to different models; SELECTION_IMPOSSIBLE; STORE; the
 * signal's reason
 */
export async function runOverlap(
  totals: RunTotals,
  { keep, ...request }: OverlapRequest,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { model, runs } = await readRunScores(totals, { ...request, seed: 0 }, signal);
  const kept: number[][][] = [];
  const choose = ({ matrix, scoredUnder }: (typeof runs)[number]): void => {
    kept.push(selectExperts(matrix, comparedChoice(model.info, keep, scoredUnder)).kept);
  };
  await inSlices(runs, choose, signal);

  const overlap = new Float64Array(kept.length ** 2).fill(1);
  const pairs = kept.flatMap((_, a) => kept.slice(0, a).map((__, b) => [a, b] as const));
  await inSlices(
    pairs,
    ([a, b]) => {
      const { mean } = keptOverlap(kept[a] ?? [], kept[b] ?? []);
      overlap[a * kept.length + b] = mean;
      overlap[b * kept.length + a] = mean;
    },
    signal,
  );
  return overlap;
}

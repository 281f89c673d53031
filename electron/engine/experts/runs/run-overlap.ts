// How much the selections of several runs have in common.
import type { Criterion } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { commonShare, keptOverlap } from '../selection/overlap.ts';
import { selectExperts } from '../selection/select.ts';
import { inSlices } from '../../store/slices.ts';
import { readRunScores } from './run-scores.ts';
import type { RunTotals } from './run-totals.ts';
import { comparedChoice } from './stored-run.ts';

type OverlapRequest = {
  readonly runIds: readonly number[];
  readonly criterion: Criterion;
  /** Experts per layer. */
  readonly keep: number;
  /** The tokens that count; absent: all. */
  readonly tokens?: TokenChoice;
};

/** The overlap of the kept sets for each pair of runs, as means over the layers: `[n * n]`. */
type RunOverlap = {
  /** Jaccard index. */
  readonly overlap: Float64Array;
  /** The number of experts in common divided by the number kept. */
  readonly common: Float64Array;
};

/**
 * @throws WinnowError USAGE: a run does not exist, or the runs belong to different models; SELECTION_IMPOSSIBLE; SCORES_INVALID: a
 * run has a layer without scores; STORE; the signal's reason
 */
export async function runOverlap(
  totals: RunTotals,
  { keep, ...request }: OverlapRequest,
  signal?: AbortSignal,
): Promise<RunOverlap> {
  const { model, runs } = await readRunScores(totals, { ...request, seed: 0 }, signal);
  const kept: KeptExperts[] = [];
  const choose = ({ run, matrix }: (typeof runs)[number]): void => {
    const by = { domain: run.domain, tokens: request.tokens };
    kept.push(selectExperts(matrix, comparedChoice(model.info, keep), by).kept);
  };
  await inSlices(runs, choose, signal);

  const overlap = new Float64Array(kept.length ** 2).fill(1);
  const common = overlap.slice();
  const pairs = kept.flatMap((_, a) => kept.slice(0, a).map((__, b) => [a, b] as const));
  await inSlices(
    pairs,
    ([a, b]) => {
      for (const at of [a * kept.length + b, b * kept.length + a]) {
        overlap[at] = keptOverlap(kept[a] ?? [], kept[b] ?? []).mean;
        common[at] = commonShare(kept[a] ?? [], kept[b] ?? []);
      }
    },
    signal,
  );
  return { overlap, common };
}

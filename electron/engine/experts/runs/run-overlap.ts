// How much the choices of several runs have in common.
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
  /** Experts a layer. */
  readonly keep: number;
  /** That count; without it all. */
  readonly tokens?: TokenChoice;
};

/** How far the kept sets of each pair of runs overlap, means over the layers: `[n * n]`. */
type RunOverlap = {
  /** Jaccard index. */
  readonly overlap: Float64Array;
  /** Experts in common over those kept. */
  readonly common: Float64Array;
};

/**
 * @throws WinnowError USAGE: a run is not there, or they belong to different models; SELECTION_IMPOSSIBLE; SCORES_INVALID: a
 * run has a layer without scores; STORE; the signal's reason
 */
export async function runOverlap(
  totals: RunTotals,
  { keep, ...request }: OverlapRequest,
  signal?: AbortSignal,
): Promise<RunOverlap> {
  const { model, runs } = await readRunScores(totals, { ...request, seed: 0 }, signal);
  const kept: KeptExperts[] = [];
  const choose = ({ run, matrix, scoredUnder }: (typeof runs)[number]): void => {
    const by = { domain: run.domain, tokens: request.tokens };
    kept.push(selectExperts(matrix, comparedChoice(model.info, keep, scoredUnder), by).kept);
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

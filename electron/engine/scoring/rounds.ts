// Rounds of scoring and masking (MC-Suite, arXiv 2504.05586): each round scores under the mask of what the round before
// kept, so that an expert is judged beside those that will be its company.
import type { Criterion } from '../../contract/criteria.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Grouping } from '../../contract/requests.ts';
import { RunTotals } from '../runs/run-totals.ts';
import { shapeOf } from '../runs/stored-run.ts';
import { chooseExperts } from '../selection/choose-experts.ts';
import type { Store } from '../store/database.ts';
import { scoreMatrix } from './criteria.ts';
import type { RunMask } from './run-mask.ts';

/** Random scores of every round come from this seed: what the rounds keep is nested all the same. */
const RANDOM_SEED = 0;

export type RoundCounts = {
  /** Experts a layer that take part in the first round. */
  readonly start: number;
  /** That are to be kept in the end, by the last round's scores. */
  readonly keep: number;
  readonly rounds: number;
  /** Counts are multiples of it: experts of a block, or groups. */
  readonly unit: number;
};

/**
 * Experts a layer that take part in each round. They fall geometrically, by the same share from round to round and from
 * the last round to `keep`; rounded to units, halves up.
 */
export function roundCounts({ start, keep, rounds, unit }: RoundCounts): number[] {
  const exact = (round: number): number => start * (keep / start) ** (round / rounds);
  return Array.from({ length: rounds }, (_, round) => {
    const count = unit * Math.round(exact(round) / unit);
    return round === 0 ? start : Math.min(start, Math.max(keep, count));
  });
}

/**
 * What the next round is scored under: the best experts of a finished run, out of those that took part in it.
 * @throws WinnowError SELECTION_IMPOSSIBLE; STORE; the signal's reason
 */
export async function nextMask(
  store: Store,
  scored: { readonly runId: number; readonly mask: RunMask | null },
  info: ModelInfo,
  next: { readonly experts: number; readonly criterion: Criterion; readonly grouping: Grouping },
  signal: AbortSignal,
): Promise<RunMask> {
  const { sums, run } = await new RunTotals(store).of(scored.runId, signal);
  const matrix = scoreMatrix(next.criterion, sums, { ...shapeOf(info), seed: RANDOM_SEED });
  const { kept } = await chooseExperts(
    [{ domain: run.domain, matrix, scoredUnder: scored.mask?.kept ?? null }],
    info,
    { keep: next.experts, mix: 'shares', pins: [], drops: [], grouping: next.grouping },
    signal,
  );
  return { kept, ungrouped: isUngrouped(info, next.grouping) };
}

/** Whether a mask changes how the model routes: only models that pick groups first are asked. */
export function isUngrouped({ nExpertGroups }: ModelInfo, grouping: Grouping): boolean {
  return nExpertGroups > 1 && grouping === 'ungrouped';
}

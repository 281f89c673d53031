// Rounds of scoring and masking (MC-Suite, arXiv 2504.05586): each round scores under the mask of what the round before
// kept, so that an expert is judged together with those that will remain beside it.
import type { Criterion } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts, ModelInfo } from '../../../contract/model-info.ts';
import type { Grouping } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { defaultTokens, type TokenChoice } from '../../../contract/token-classes.ts';
import { isUngrouped, type Mask } from '../selection/selection.ts';
import { RunTotals } from '../runs/run-totals.ts';
import { shapeOf } from '../runs/stored-run.ts';
import { chooseExperts, selectOptions } from '../selection/choose-experts.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import { layerRules } from '../selection/layer-rules.ts';
import type { Store } from '../../store/database.ts';
import type { PreparedScoring } from './prepare-scoring.ts';
import { scoreRun, type RunTools, type ScoredPass, type StoredRuns } from './score-run.ts';

/** Seed for the random scores of every round: what successive rounds keep is nested all the same. */
const RANDOM_SEED = 0;

type RoundCounts = {
  /** Experts per layer that take part in the first round. */
  readonly start: number;
  /** Experts per layer that will be kept in the end, by the last round's scores. */
  readonly keep: number;
  readonly rounds: number;
  /** Counts are multiples of this: experts of a block, or groups. */
  readonly unit: number;
};

/**
 * Experts per layer that take part in each round. They decrease geometrically, by the same factor from round to round and from
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
 * As `roundCounts`, within the limits of a model.
 * @param mask the first round's mask
 * @throws WinnowError SELECTION_IMPOSSIBLE: the last round cannot keep this many
 */
export function countsOfRounds(
  mask: Mask | null,
  { rounds, keep, grouping }: { readonly rounds: number; readonly keep: number; readonly grouping: Grouping },
  info: ModelFacts,
): number[] {
  const start = mask?.kept[0]?.length ?? info.nExpert;
  if (keep > start) {
    throw new WinnowError('SELECTION_IMPOSSIBLE', say('maskLeaves', { start, keep }), { keep, start });
  }
  const options = selectOptions(info, { keep, grouping, mix: 'shares', pins: [], drops: [] });
  layerRules(options, info.moeLayers.length, info.nExpert);
  const unit = Math.max(1, info.expertsPerBlock) * Math.max(1, options.nGroups ?? 1);
  return roundCounts({ start, keep, rounds, unit });
}

export type Round = {
  /** Experts per layer that took part. */
  readonly experts: number;
  readonly run: ScoredPass;
};

export type RoundPlan = {
  /** Mask of the first round; null: all experts take part. */
  readonly mask: Mask | null;
  /** As `roundCounts` returns them. */
  readonly counts: readonly number[];
  /** The criterion that masks each round except the last. */
  readonly criterion: Criterion;
  /** Default: according to the model. */
  readonly tokens?: TokenChoice | undefined;
  readonly grouping: Grouping;
  /** Whether to collect an importance matrix in the last round; default: no. */
  readonly importance?: boolean;
};

/**
 * Scores round after round, each as a run of its own.
 * @param stored which stored runs a round with this many experts may use
 * @returns the rounds, and the last one's mask
 * @throws WinnowError errors of scoring; CANCELLED keeps what is done
 */
export async function scoreRounds(
  scoring: PreparedScoring,
  { mask: first, counts, criterion, tokens, grouping, importance = false }: RoundPlan,
  stored: (experts: number) => StoredRuns,
  tools: RunTools,
): Promise<{ readonly rounds: readonly Round[]; readonly mask: Mask | null }> {
  const { store, task } = tools;
  const rounds: Round[] = [];
  let mask = first;
  for (const [index, experts] of counts.entries()) {
    const before = rounds.at(-1);
    if (before) {
      mask = await nextMask(
        store,
        { runId: before.run.id, mask },
        scoring.info,
        { experts, criterion, tokens, grouping },
        task.signal,
      );
    }
    const part = partOf(task, index, counts.length);
    const isLast = index === counts.length - 1;
    const run = await scoreRun(scoring, mask, stored(experts), { ...tools, task: part }, importance && isLast);
    rounds.push({ experts, run });
  }
  return { rounds, mask };
}

/**
 * The mask for the next round: the best experts of a finished run, among those that took part in it.
 * @throws WinnowError SELECTION_IMPOSSIBLE; SCORES_INVALID; STORE; the signal's reason
 */
async function nextMask(
  store: Store,
  scored: { readonly runId: number; readonly mask: Mask | null },
  info: ModelInfo,
  {
    experts,
    criterion,
    grouping,
    tokens = defaultTokens(info.moeLayers),
  }: Pick<RoundPlan, 'criterion' | 'tokens' | 'grouping'> & { readonly experts: number },
  signal: AbortSignal,
): Promise<Mask> {
  const { sums, maxNorm, run } = await new RunTotals(store).of(scored.runId, tokens, signal);
  const matrix = scoreMatrix(criterion, sums, { ...shapeOf(info), seed: RANDOM_SEED });
  const { kept } = await chooseExperts(
    [{ domain: run.domain, tokens, matrix, maxNorm, scoredUnder: scored.mask?.kept ?? null }],
    info,
    { keep: experts, mix: 'shares', pins: [], drops: [], grouping, superExperts: 'pin' },
    signal,
  );
  return { kept, ungrouped: isUngrouped(info, grouping) };
}

/** A task that reports its progress as one of several equal parts of the work. */
function partOf(task: RunTools['task'], part: number, parts: number): RunTools['task'] {
  return { ...task, progress: (done, total, unit) => task.progress(part * total + done, parts * total, unit) };
}

// Rounds of scoring and masking (MC-Suite, arXiv 2504.05586): each round scores under the mask of what the round before
// kept, so that an expert is judged together with those that will remain beside it.
import type { ModelInfo } from '../../../contract/model-info.ts';
import { defaultTokens } from '../../../contract/token-classes.ts';
import { isUngrouped, type Mask } from '../selection/selection.ts';
import { RunTotals } from '../runs/run-totals.ts';
import { shapeOf } from '../runs/stored-run.ts';
import { chooseExperts } from '../selection/choose-experts.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import type { Store } from '../../store/database.ts';
import type { RoundPlan } from './plan-rounds.ts';
import type { PreparedSubject } from './prepare-scoring.ts';
import { scoreRun, type RunTools, type ScoredPass, type StoredRuns } from './score-run.ts';

/** Seed for the random scores of every round: what successive rounds keep is nested all the same. */
const RANDOM_SEED = 0;

export type Round = {
  /** Experts per layer that took part. */
  readonly experts: number;
  readonly run: ScoredPass;
};

/**
 * Scores round after round, each as a run of its own.
 * @param stored which stored runs a round with this many experts may use
 * @returns the rounds, and the last one's mask
 * @throws WinnowError errors of scoring; SELECTION_IMPOSSIBLE, SCORES_INVALID and STORE of choosing the next mask; CANCELLED keeps what
 * is done
 */
export async function scoreRounds(
  scoring: PreparedSubject,
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

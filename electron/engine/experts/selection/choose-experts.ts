// The core of every selection, wherever its scores come from: matrices go in, kept experts come out.
import type { SelectionRequest, SuperExpert } from '../../../contract/api/selections.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import { mean } from '../../base/statistics/numbers.ts';
import { keepForBudget, prunedBytes as bytesWith, type MemoryFacts } from '../../models/placement/conversation.ts';
import { countOfRatio, fusedCountsNear } from './keep-count.ts';
import { type SelectOptions, selectExperts } from './layer-rules.ts';
import { checkSameShape, requireOrder, retainedShares, mixMatrices } from './matrix-shares.ts';
import { findSuperExperts, largestNorms, pinnable } from './super-experts.ts';
import type { ScoreMatrix } from '../../../contract/criteria.ts';

/** The facts about a model that limit the choice. */
export type Routing = {
  readonly nExpert: number;
  readonly nExpertUsed: number;
  readonly nExpertGroups: number;
  readonly expertsPerBlock: number;
  /** undefined: not known. */
  readonly nExpertGroupsUsed?: number | undefined;
  readonly nEmbd?: number | undefined;
};

type ChoiceOptions = Pick<SelectionRequest, 'mix' | 'pins' | 'drops' | 'grouping' | 'superExperts'> & {
  /** Experts kept per layer. */
  readonly keep: number;
};

export type Choice = ReturnType<typeof selectExperts> & {
  readonly nExpert: number;
  /** Each domain's mean retained share, in the given order. */
  readonly domains: readonly { readonly domain: string; readonly retained: number }[];
  /** The super experts, the largest first. */
  readonly superExperts: readonly SuperExpert[];
  /** Mean retained score if super experts were ranked like all others; null: the choice would be the same. */
  readonly retainedUnpinned: number | null;
  /** The nearest counts that run faster on NVIDIA GPUs; empty: this one already does. */
  readonly fusedCounts: readonly number[];
};

/**
 * Chooses the experts to keep.
 * @param domains at least one; several are mixed as `mix` says
 * @throws WinnowError SCORES_INVALID: a layer of a domain has no scores; SELECTION_IMPOSSIBLE, which names a layer and expert at fault; USAGE for weights that do not fit the domains
 */
export function chooseExperts(domains: readonly DomainScores[], routing: Routing, options: ChoiceOptions): Choice {
  const [first] = domains;
  if (!first) throw new WinnowError('USAGE', msg('nameScores'));
  const matrices = domains.map(({ matrix }) => matrix);
  checkSameShape(matrices);
  // checked before mixing: a domain without scores would otherwise get experts that were chosen only for the others
  domains.forEach(({ matrix, domain }) => requireOrder(matrix, domain));
  const rules = selectOptions(routing, options);
  const norms = largestNorms(domains.map(({ maxNorm = null }) => maxNorm));
  const superExperts = norms ? findSuperExperts(norms, routing.nExpert, routing.nEmbd) : [];
  const pinned = options.superExperts === 'pin' ? pinnable(superExperts, rules, first.matrix) : [];
  const pins = [...options.pins, ...pinned.map(({ layer, expert }) => ({ layer, expert }))];
  const mixed = mixMatrices(matrices, options.mix);
  const { kept, retained } = selectExperts(mixed, { ...rules, pins });
  const byScore = pinned.length > 0 ? selectExperts(mixed, rules) : null;
  const isSame = byScore === null || JSON.stringify(byScore.kept) === JSON.stringify(kept);
  return {
    keep: options.keep,
    nExpert: routing.nExpert,
    kept,
    retained,
    domains: domains.map(({ domain, matrix }) => ({
      domain,
      retained: mean(domains.length === 1 ? retained : retainedShares(matrix, kept)),
    })),
    superExperts: superExperts.map((expert) => ({ ...expert, isPinned: pinned.includes(expert) })),
    retainedUnpinned: isSame ? null : mean(byScore.retained),
    fusedCounts: fusedCountsNear(options.keep, routing.nExpert),
  };
}

/**
 * The number of experts that a count, a share or a memory size means. A size is used as far as the drops leave experts.
 * @param memory of the model at a context length; called only for a memory size
 * @throws WinnowError SELECTION_IMPOSSIBLE if even the smallest choice does not fit, and what `memory` throws
 */
export async function countToKeep(
  { keep, grouping, drops }: Pick<SelectionRequest, 'keep' | 'grouping' | 'drops'>,
  routing: Routing,
  memory: (ctx: number) => MemoryFacts | Promise<MemoryFacts>,
): Promise<number> {
  if (keep.kind === 'count') return keep.count;
  if (keep.kind === 'ratio') return countOfRatio(keep.ratio, routing.nExpert);
  const { unit, smallest } = countLimits(routing, grouping);
  const fitting = keepForBudget({
    ...(await memory(keep.ctx)),
    budgetBytes: keep.bytes,
    nExpertUsed: smallest,
    unit,
  });
  const left = routing.nExpert - mostDropsOfALayer(drops);
  return left < fitting ? Math.max(unit, Math.floor(left / unit) * unit) : fitting;
}

/** The counts that can be kept, besides all experts: multiples of `unit`, starting at `smallest`. */
export function countLimits(
  routing: Routing,
  grouping: ChoiceOptions['grouping'],
): { readonly unit: number; readonly smallest: number } {
  const { nExpertUsed, nExpertGroups, nExpertGroupsUsed, expertsPerBlock } = routing;
  // the experts per group that must remain: a token activates experts from a limited number of groups
  const ofGroup = Math.max(2, Math.ceil(nExpertUsed / (nExpertGroupsUsed || nExpertGroups)));
  return isBalanced(routing, grouping)
    ? { unit: nExpertGroups, smallest: Math.max(nExpertUsed, ofGroup * nExpertGroups) }
    : { unit: Math.max(1, expertsPerBlock), smallest: Math.max(1, nExpertUsed) };
}

function mostDropsOfALayer(drops: ChoiceOptions['drops']): number {
  const experts = Map.groupBy(drops, ({ layer }) => layer).values();
  return Math.max(0, ...[...experts].map((ofLayer) => new Set(ofLayer.map(({ expert }) => expert)).size));
}

/** Size of the pruned file, to within a few kilobytes. */
export function prunedBytes(info: ModelFacts, keep: number): number {
  return bytesWith({ ...info, fullBytes: info.bytes }, keep);
}

/** The rules of a choice, from the model and from the user. */
function selectOptions(routing: Routing, options: ChoiceOptions): SelectOptions {
  const { nExpertUsed, nExpertGroups, nExpertGroupsUsed, expertsPerBlock } = routing;
  return {
    keep: options.keep,
    nExpertUsed,
    pins: options.pins,
    drops: options.drops,
    expertsPerBlock,
    ...(isBalanced(routing, options.grouping) && {
      nGroups: nExpertGroups,
      ...(nExpertGroupsUsed !== undefined && { nGroupsUsed: nExpertGroupsUsed }),
    }),
  };
}

function isBalanced({ nExpertGroups }: Routing, grouping: ChoiceOptions['grouping']): boolean {
  return grouping === 'balanced' && nExpertGroups > 1;
}

type DomainScores = {
  /** The name that people read: a domain, or a file. */
  readonly domain: string;
  readonly matrix: ScoreMatrix;
  /** The largest norm of each expert's outputs; absent or null: not known, so that no super expert is found. */
  readonly maxNorm?: Float32Array | null;
};

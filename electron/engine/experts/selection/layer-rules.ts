// The constraints on a layer's choice: how many experts, which are pinned or forbidden, which belong together
// (blocks), and how many each routing group keeps.
import { WinnowError } from '../../../contract/errors.ts';
import type { ExpertRef } from '../../../contract/requests.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { checkMatrix, retainedShares } from './matrix-shares.ts';

export type SelectOptions = {
  /** Experts kept per layer, K. */
  readonly keep: number;
  /** Experts that the model routes each token to. */
  readonly nExpertUsed: number;
  /** Accepts K below `nExpertUsed`; the pruned model then routes to fewer experts. */
  readonly allowFewer?: boolean;
  /** Experts that are always kept; with blocks, the pinned expert's whole block. */
  readonly pins?: readonly ExpertRef[];
  /** Experts that are always removed; with blocks, the expert's whole block. */
  readonly drops?: readonly ExpertRef[];
  /** Keeps K / nGroups in each of nGroups contiguous groups, so that grouped routing stays. 0 or 1: no groups. */
  readonly nGroups?: number;
  /** Groups that the router picks per token; together they must hold `nExpertUsed` kept experts. */
  readonly nGroupsUsed?: number;
  /** Consecutive experts that share weights and are kept or dropped together (grovemoe). */
  readonly expertsPerBlock?: number;
};

/** One layer's constraints. A unit is a block of experts, or a single expert if the model has no blocks. */
type LayerRules = {
  readonly expertsPerUnit: number;
  readonly nUnits: number;
  readonly unitsPerGroup: number;
  /** Units to keep in each group. */
  readonly quota: number;
  readonly pinned: ReadonlySet<number>;
  readonly dropped: ReadonlySet<number>;
};

function impossible(said: Sentence, details: Readonly<Record<string, unknown>>): WinnowError {
  return new WinnowError('SELECTION_IMPOSSIBLE', said, details);
}

/**
 * The rules of every MoE layer.
 * @throws WinnowError SELECTION_IMPOSSIBLE when no choice can satisfy the options; the message says which
 * layer or number is at fault
 */
export function layerRules(options: SelectOptions, nLayers: number, nExpert: number): LayerRules[] {
  const { keep, pins = [], drops = [] } = options;
  const nGroups = Math.max(options.nGroups ?? 1, 1);
  const expertsPerUnit = options.expertsPerBlock ?? 1;
  checkCounts(options, nExpert, nGroups, expertsPerUnit);

  const nUnits = nExpert / expertsPerUnit;
  const unitsPerGroup = nUnits / nGroups;
  const quota = keep / nGroups / expertsPerUnit;
  const pinned = unitsByLayer('pinOutside', pins, nLayers, nExpert, expertsPerUnit);
  const dropped = unitsByLayer('forbidOutside', drops, nLayers, nExpert, expertsPerUnit);
  return Array.from({ length: nLayers }, (_, layer) => {
    const rules: LayerRules = {
      expertsPerUnit,
      nUnits,
      unitsPerGroup,
      quota,
      pinned: pinned[layer]!,
      dropped: dropped[layer]!,
    };
    checkLayer(rules, layer);
    return rules;
  });
}

function checkCounts(options: SelectOptions, nExpert: number, nGroups: number, expertsPerUnit: number): void {
  const { keep, nExpertUsed, allowFewer = false, nGroupsUsed } = options;
  const details = { keep, nExpert, nExpertUsed, nGroups, expertsPerBlock: expertsPerUnit };
  if (!Number.isInteger(keep) || keep < 1) {
    throw impossible(msg('keepWholeNumber', { keep, nExpert }), details);
  }
  if (keep > nExpert) {
    throw impossible(msg('keepTooMany', { keep, nExpert }), details);
  }
  if (keep < nExpertUsed && !allowFewer) {
    throw impossible(msg('keepBelowUsed', { keep, used: nExpertUsed }), details);
  }
  if (!Number.isInteger(expertsPerUnit) || expertsPerUnit < 1 || nExpert % expertsPerUnit !== 0) {
    throw impossible(msg('blocksUneven', { nExpert, size: expertsPerUnit }), details);
  }
  if (keep % expertsPerUnit !== 0) {
    throw impossible(msg('blocksOnly', { size: expertsPerUnit, keep }), details);
  }
  if (nGroups === 1) return;
  if (!Number.isInteger(nGroups) || nExpert % (nGroups * expertsPerUnit) !== 0) {
    throw impossible(msg('groupsUneven', { nExpert, groups: nGroups }), details);
  }
  if (keep % (nGroups * expertsPerUnit) !== 0) {
    throw impossible(msg('groupsMultiple', { groups: nGroups, step: nGroups * expertsPerUnit, keep }), details);
  }
  const perGroup = keep / nGroups;
  if (perGroup < 2) {
    throw impossible(msg('groupsNeedTwo', { groups: nGroups, least: 2 * nGroups, keep }), details);
  }
  if (nGroupsUsed !== undefined && nGroupsUsed > 0 && nGroupsUsed * perGroup < nExpertUsed && !allowFewer) {
    throw impossible(
      msg('groupsUnreachable', {
        used: nExpertUsed,
        groups: nGroupsUsed,
        each: perGroup,
        reachable: nGroupsUsed * perGroup,
        least: Math.ceil(nExpertUsed / nGroupsUsed) * nGroups,
      }),
      { ...details, nGroupsUsed },
    );
  }
}

function unitsByLayer(
  outside: 'pinOutside' | 'forbidOutside',
  refs: readonly ExpertRef[],
  nLayers: number,
  nExpert: number,
  expertsPerUnit: number,
): Set<number>[] {
  const units = Array.from({ length: nLayers }, () => new Set<number>());
  for (const { layer, expert } of refs) {
    const layerUnits = units[layer];
    if (layerUnits === undefined || !Number.isInteger(expert) || expert < 0 || expert >= nExpert) {
      throw impossible(msg(outside, { expert, layer, lastLayer: nLayers - 1, lastExpert: nExpert - 1 }), {
        layer,
        expert,
      });
    }
    layerUnits.add(Math.floor(expert / expertsPerUnit));
  }
  return units;
}

function checkLayer(rules: LayerRules, layer: number): void {
  const { pinned, dropped, nUnits, unitsPerGroup, quota, expertsPerUnit } = rules;
  for (const unit of pinned) {
    if (!dropped.has(unit)) continue;
    const first = unit * expertsPerUnit;
    const said =
      expertsPerUnit === 1
        ? msg('pinnedAndForbidden', { expert: first, layer })
        : msg('blockPinnedAndForbidden', { first, last: first + expertsPerUnit - 1, layer });
    throw impossible(said, { layer, expert: first });
  }
  for (let start = 0; start < nUnits; start += unitsPerGroup) {
    const inGroup = (unit: number): boolean => unit >= start && unit < start + unitsPerGroup;
    const nPinned = [...pinned].filter(inGroup).length * expertsPerUnit;
    const nLeft = (unitsPerGroup - [...dropped].filter(inGroup).length) * expertsPerUnit;
    const wanted = quota * expertsPerUnit;
    const where =
      unitsPerGroup === nUnits ? msg('inLayer', { layer }) : msg('inGroup', { group: start / unitsPerGroup, layer });
    if (nPinned > wanted) {
      const counts = { pinned: nPinned, keep: wanted };
      throw impossible(msg('tooManyPinned', { ...counts, where }), { layer, ...counts });
    }
    if (nLeft < wanted) {
      const counts = { left: nLeft, keep: wanted };
      throw impossible(msg('tooManyForbidden', { ...counts, where }), { layer, ...counts });
    }
  }
}

/** Adds up the scores of each unit's experts: `[nExpert]` to `[nUnits]`. */
function unitScores({ expertsPerUnit, nUnits }: LayerRules, expertScores: Float64Array): Float64Array {
  if (expertsPerUnit === 1) return expertScores;
  const scores = new Float64Array(nUnits);
  expertScores.forEach((score, expert) => {
    const unit = Math.floor(expert / expertsPerUnit);
    scores[unit] = scores[unit]! + score;
  });
  return scores;
}

/**
 * The best units that the rules allow, ascending: in each group the pinned ones, then the highest scores among
 * those not dropped, ties to the lower index.
 */
function takeTop(rules: LayerRules, scores: Float64Array): number[] {
  const { nUnits, unitsPerGroup, quota, pinned, dropped } = rules;
  const top: number[] = [];
  for (let start = 0; start < nUnits; start += unitsPerGroup) {
    const fixed: number[] = [];
    const candidates: number[] = [];
    for (let unit = start; unit < start + unitsPerGroup; unit++) {
      if (pinned.has(unit)) fixed.push(unit);
      else if (!dropped.has(unit)) candidates.push(unit);
    }
    top.push(...fixed, ...highest(candidates, scores, quota - fixed.length));
  }
  return top.sort((a, b) => a - b);
}

/**
 * The `n` of the ascending candidates with the highest scores, ties to the lower index. Sorting bare numbers and taking
 * those above the n-th is ten times faster than sorting with a comparison function: this runs at every move of a slider,
 * for every layer.
 */
function highest(candidates: readonly number[], scores: Float64Array, n: number): number[] {
  if (n <= 0) return [];
  const sorted = new Float64Array(candidates.length);
  for (let i = 0; i < candidates.length; i++) sorted[i] = scores[candidates[i]!]!;
  sorted.sort();
  const lowest = sorted[Math.max(0, sorted.length - n)]!;
  let ties = n - (sorted.length - 1 - sorted.lastIndexOf(lowest));
  return candidates.filter((unit) => scores[unit]! > lowest || (scores[unit] === lowest && ties-- > 0));
}

/** The experts of the given units, in the units' order. */
function expertsOfUnits({ expertsPerUnit }: LayerRules, units: readonly number[]): number[] {
  if (expertsPerUnit === 1) return [...units];
  return units.flatMap((unit) => Array.from({ length: expertsPerUnit }, (_, i) => unit * expertsPerUnit + i));
}

type SelectedExperts = {
  /** Kept expert indices of each MoE layer, ascending. */
  readonly kept: KeptExperts;
  /** Retained score of each MoE layer, 0 to 1. */
  readonly retained: readonly number[];
  /** Experts kept per layer. */
  readonly keep: number;
};

/**
 * Keeps the `keep` highest-scoring experts of each layer, ties to the lower index. With the same pins and
 * drops, a smaller K's choice is a subset of a larger K's: one ranking serves every K.
 *
 * With `nGroups`, the highest K / nGroups of each contiguous group stay. With `expertsPerBlock`, blocks are ranked
 * by their summed score and stay or go whole.
 * @throws WinnowError SELECTION_IMPOSSIBLE when the options contradict each other or the model, SCORES_INVALID
 * for a negative or non-finite score
 */
export function selectExperts(matrix: ScoreMatrix, options: SelectOptions): SelectedExperts {
  checkMatrix(matrix);
  const kept = layerRules(options, matrix.nLayers, matrix.nExpert).map((rules, layer) => {
    const row = matrix.scores.subarray(layer * matrix.nExpert, (layer + 1) * matrix.nExpert);
    return expertsOfUnits(rules, takeTop(rules, unitScores(rules, row)));
  });
  return { kept, retained: retainedShares(matrix, kept), keep: options.keep };
}

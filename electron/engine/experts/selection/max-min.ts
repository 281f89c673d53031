// The choice that is best for the worst-served domain: in each layer, the K experts that maximise the smallest retained share.
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { expertsOfUnits, layerRules, takeTop, unitScores, type LayerRules, type SelectOptions } from './layer-rules.ts';
import { checkSameShape, layerShares, retainedShares } from './matrix-shares.ts';
import type { SelectedExperts } from './select.ts';

type MaxMinExperts = SelectedExperts & {
  /** Each domain's retained score, `[domain][MoE layer]`. `retained` is the worst of them. */
  readonly retainedByDomain: number[][];
};

/**
 * Chooses in each layer the K experts that maximise the minimum over domains of the retained share. Unlike a blend this
 * yields no ranking: the choices for two values of K need not be nested.
 *
 * Exact max-min choice is NP-hard, so this is a search. By duality the best choice is close to the top K of some
 * blend Σ λ_d · share_d with λ in the simplex; multiplicative weights find that blend (Arora, Hazan and Kale,
 * Theory of Computing 8, 2012): domains that one round's choice served badly weigh more in the next. The best
 * choices found, including the equal blend (`mixShares`), are then improved by exchanging single experts until no
 * exchange raises the minimum. So in every layer the result is at least as good as the equal blend.
 *
 * @throws WinnowError SELECTION_IMPOSSIBLE and SCORES_INVALID as `selectExperts`
 */
export function mixMaxMin(matrices: readonly ScoreMatrix[], options: SelectOptions): MaxMinExperts {
  const { nLayers, nExpert } = checkSameShape(matrices);
  const rules = layerRules(options, nLayers, nExpert);
  const kept = rules.map((ofLayer, layer) => maxMinOfLayer(matrices, ofLayer, layer));
  return maxMinExperts(matrices, kept, options.keep);
}

/** The experts that `mixMaxMin` keeps in one layer, ascending. */
export function maxMinOfLayer(matrices: readonly ScoreMatrix[], rules: LayerRules, layer: number): number[] {
  const shares = matrices.map((matrix) => unitScores(rules, layerShares(matrix, layer)));
  return expertsOfUnits(rules, maxMinUnits(shares, rules));
}

/** The result of all layers' choices, with the retained score of each domain. */
export function maxMinExperts(matrices: readonly ScoreMatrix[], kept: KeptExperts, keep: number): MaxMinExperts {
  const retainedByDomain = matrices.map((matrix) => retainedShares(matrix, kept));
  const retained = kept.map((_, layer) => Math.min(...retainedByDomain.map((domain) => domain[layer]!)));
  return { kept, retained, keep, retainedByDomain };
}

/** Rounds of multiplicative weights, each with one choice for every layer; the time of the search is proportional to this. */
const ROUNDS = 64;
/** Starting points that are improved by exchanges. */
const STARTS = 4;
/** Gains below this are rounding, not progress. */
const EPSILON = 1e-12;

type Candidate = { readonly units: number[]; readonly mass: number[]; readonly worst: number };

/** @param shares `[domain][unit]` */
function maxMinUnits(shares: readonly Float64Array[], rules: LayerRules): number[] {
  const equalBlend = candidate(
    shares,
    takeTop(
      rules,
      blend(
        shares,
        rules,
        shares.map(() => 1),
      ),
    ),
  );
  if (shares.length < 2) return equalBlend.units;

  const met = new Map<string, Candidate>([[equalBlend.units.join(), equalBlend]]);
  let logWeights = shares.map(() => 0);
  for (let round = 1; round <= ROUNDS; round++) {
    const largest = Math.max(...logWeights);
    const weights = logWeights.map((value) => Math.exp(value - largest));
    const choice = candidate(shares, takeTop(rules, blend(shares, rules, weights)));
    met.set(choice.units.join(), choice);
    const rate = 8 / Math.sqrt(round);
    logWeights = logWeights.map((value, domain) => value - rate * choice.mass[domain]!);
  }
  const starts = [...met.values()].sort((a, b) => b.worst - a.worst).slice(0, STARTS);
  return starts.map((start) => improve(start, shares, rules)).reduce((a, b) => (b.worst > a.worst + EPSILON ? b : a))
    .units;
}

function blend(shares: readonly Float64Array[], { nUnits }: LayerRules, weights: readonly number[]): Float64Array {
  const scores = new Float64Array(nUnits);
  shares.forEach((row, domain) => {
    for (let unit = 0; unit < nUnits; unit++) scores[unit] = scores[unit]! + weights[domain]! * row[unit]!;
  });
  return scores;
}

function candidate(shares: readonly Float64Array[], units: number[]): Candidate {
  const mass = shares.map((row) => units.reduce((sum, unit) => sum + row[unit]!, 0));
  return { units, mass, worst: Math.min(...mass) };
}

/** Exchanges a kept unit for another of its group, the best exchange first, until no exchange raises the smallest mass. */
function improve(start: Candidate, shares: readonly Float64Array[], rules: LayerRules): Candidate {
  const { nUnits, unitsPerGroup, pinned, dropped } = rules;
  let current = start;
  for (;;) {
    const kept = new Set(current.units);
    const movable = current.units.filter((unit) => !pinned.has(unit));
    let best: { out: number; in: number; worst: number } | null = null;
    for (const out of movable) {
      const group = Math.floor(out / unitsPerGroup) * unitsPerGroup;
      for (let unit = group; unit < Math.min(group + unitsPerGroup, nUnits); unit++) {
        if (kept.has(unit) || dropped.has(unit)) continue;
        const worst = worstAfter(current.mass, shares, out, unit);
        if (worst > (best?.worst ?? current.worst) + EPSILON) best = { out, in: unit, worst };
      }
    }
    if (best === null) return current;
    kept.delete(best.out);
    kept.add(best.in);
    current = candidate(
      shares,
      [...kept].sort((a, b) => a - b),
    );
  }
}

function worstAfter(mass: readonly number[], shares: readonly Float64Array[], out: number, unit: number): number {
  let worst = Infinity;
  for (let domain = 0; domain < shares.length; domain++) {
    const row = shares[domain]!;
    worst = Math.min(worst, mass[domain]! - row[out]! + row[unit]!);
  }
  return worst;
}

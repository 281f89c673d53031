// What the scores say about each expert within its layer, and what a selection retains of them.
import type { KeptExperts } from '../../electron/contract/kept-experts.ts';
import { inverse, rankedExperts } from './ordering.ts';
import type { Dimensions } from './types.ts';

export type Statistics = {
  /** Share of the layer's sum, 0 to 1, layer-major. NaN: not scored yet. */
  readonly shares: Float64Array;
  /** Experts of each layer by decreasing score. */
  readonly ranked: Int32Array;
  /** Rank in the layer; 1 is the highest score. */
  readonly ranks: Int32Array;
};

export function statistics(scores: Float64Array, dimensions: Dimensions): Statistics {
  const ranked = rankedExperts(scores, dimensions);
  const ranks = inverse(ranked, dimensions).map((place) => place + 1);
  return { shares: layerShares(scores, dimensions), ranked, ranks };
}

function layerShares(scores: Float64Array, { nLayers, nExpert }: Dimensions): Float64Array {
  const shares = new Float64Array(scores.length);
  for (let layer = 0; layer < nLayers; layer++) {
    const start = layer * nExpert;
    let sum = 0;
    for (let i = start; i < start + nExpert; i++) if (scores[i]! > 0) sum += scores[i]!;
    // 0 / 0 is NaN: a layer without any score is not scored yet.
    for (let i = start; i < start + nExpert; i++) shares[i] = scores[i]! / sum;
  }
  return shares;
}

/** Returns the sum of the kept experts' shares per layer, 0 to 1; NaN: the layer is not scored yet. */
export function retainedShares(
  shares: Float64Array,
  kept: KeptExperts,
  { nLayers, nExpert }: Dimensions,
): Float64Array {
  const retained = new Float64Array(nLayers);
  for (let layer = 0; layer < nLayers; layer++) {
    const row = shares.subarray(layer * nExpert, (layer + 1) * nExpert);
    const scored = row.some((share) => !Number.isNaN(share));
    const sum = (kept[layer] ?? []).reduce((total, expert) => total + (row[expert] || 0), 0);
    retained[layer] = scored ? Math.min(sum, 1) : NaN;
  }
  return retained;
}

/** Shares whose sum is below 1 by at most this are complete; the rest is rounding. */
const ROUNDING = 1e-9;

/** Returns the layer that retains least, the first in case of a tie; null: no layer loses anything, or none is scored. */
export function worstLayer(retained: Float64Array): number | null {
  const least = retained.reduce((low, share) => (share < low ? share : low), 1 - ROUNDING);
  const worst = retained.indexOf(least);
  return worst < 0 ? null : worst;
}

/** Returns how many layers keep the expert in each column. */
export function keptPerColumn(kept: KeptExperts, columnOf: Int32Array, { nExpert }: Dimensions): Int32Array {
  const counts = new Int32Array(nExpert);
  kept.forEach((experts, layer) => {
    for (const expert of experts) counts[columnOf[layer * nExpert + expert]!]!++;
  });
  return counts;
}

/** Returns the value below which the fraction `q` of the numbers lies; NaN and infinities do not count; 0 if there are none. */
export function quantile(values: Float64Array, q: number): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  if (sorted.length === 0) return 0;
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

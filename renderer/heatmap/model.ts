// Everything about a heatmap except positions, in two steps: what follows from the scores, and what the choice adds.
import type { Place } from './layout.ts';
import type { Cell, Dimensions, HeatmapChoice, HeatmapScores } from './types.ts';

export type Picture = HeatmapScores & {
  /** Share of the layer's sum, 0 to 1, `[layer * nExpert + expert]`. NaN: not scored yet. */
  readonly shares: Float64Array;
  /** `[layer * nExpert + column]`: the expert in the column. */
  readonly expertAt: Int32Array;
  /** `[layer * nExpert + expert]`: the column of the expert, and so its rank in the layer; 0 is the highest score. */
  readonly columnAt: Int32Array;
  /** The share that has the last colour, and whether some are above it. */
  readonly brightest: number;
  readonly isClipped: boolean;
  /** Colour level, 0 to 255. */
  readonly levels: Uint8Array;
};

export type HeatmapModel = Picture &
  HeatmapChoice & {
    /** The state of each cell: bits of the four below. */
    readonly flags: Uint8Array;
    readonly hasUnscored: boolean;
    /** The layer that retains least, the first in case of a tie; null: no layer loses anything. */
    readonly worst: number | null;
  };

export const KEPT = 1;
export const PINNED = 2;
export const FORBIDDEN = 4;
export const UNSCORED = 8;

/** Few experts hold most of the score: the highest two percent share the last colour, so that others can be told apart. */
const BRIGHTEST = 0.98;
/** Shares whose sum is below 1 by at most this are complete; the rest is rounding. */
const ROUNDING = 1e-9;

export function toPicture(data: HeatmapScores): Picture {
  const ranked = rankedExperts(data.scores, data);
  const places = inverse(ranked, data);
  const shares = layerShares(data.scores, data);
  const brightest = roundUp(quantile(shares, BRIGHTEST)) || 1;
  return {
    ...data,
    shares,
    expertAt: ranked,
    columnAt: places,
    brightest,
    isClipped: shares.some((share) => share > brightest),
    levels: Uint8Array.from(shares, (share) => Math.round(Math.min(share / brightest, 1) * 255) || 0),
  };
}

export function toModel(picture: Picture, { kept, retained, pins, drops }: HeatmapChoice): HeatmapModel {
  const { shares, nExpert } = picture;
  const flags = Uint8Array.from(shares, (share) => (Number.isNaN(share) ? UNSCORED : 0));
  const set = (cells: readonly Cell[], bit: number): void => {
    for (const cell of cells) if (isWithin(cell, picture)) flags[cell.layer * nExpert + cell.expert]! |= bit;
  };
  const hasUnscored = flags.includes(UNSCORED);
  set(pins, PINNED);
  set(drops, FORBIDDEN);
  set(kept?.flatMap((experts, layer) => experts.map((expert) => ({ layer, expert }))) ?? [], KEPT);
  const least = Math.min(...(retained ?? []));
  const worst = least < 1 - ROUNDING ? (retained?.indexOf(least) ?? null) : null;
  return { ...picture, kept, pins, drops, flags, hasUnscored, retained, worst };
}

export function isWithin({ layer, expert }: Cell, { nLayers, nExpert }: Dimensions): boolean {
  return layer >= 0 && layer < nLayers && expert >= 0 && expert < nExpert;
}

export function toPlace({ columnAt, nExpert }: Picture, { layer, expert }: Cell): Place {
  return { layer, column: columnAt[layer * nExpert + expert]! };
}

export function toCell({ expertAt, nExpert }: Picture, { layer, column }: Place): Cell {
  return { layer, expert: expertAt[layer * nExpert + column]! };
}

/**
 * Returns the experts of each layer from the highest score to the lowest, ties by the lower index, unscored ones last:
 * `[layer * nExpert + place]`.
 */
export function rankedExperts(scores: Float64Array, { nLayers, nExpert }: Dimensions): Int32Array {
  const ranked = new Int32Array(nLayers * nExpert);
  for (let start = 0; start < ranked.length; start += nExpert) {
    const row = ranked.subarray(start, start + nExpert);
    const keys = scores.subarray(start, start + nExpert).map((score) => (Number.isNaN(score) ? -Infinity : score));
    row.forEach((_, expert) => (row[expert] = expert));
    row.sort((a, b) => keys[b]! - keys[a]! || a - b);
  }
  return ranked;
}

/** Swaps place and expert in each layer. */
export function inverse(ranked: Int32Array, { nExpert }: Dimensions): Int32Array {
  const places = new Int32Array(ranked.length);
  ranked.forEach((expert, at) => (places[at - (at % nExpert) + expert] = at % nExpert));
  return places;
}

export function layerShares(scores: Float64Array, { nExpert }: Dimensions): Float64Array {
  const shares = new Float64Array(scores.length);
  for (let start = 0; start < scores.length; start += nExpert) {
    let sum = 0;
    for (let i = start; i < start + nExpert; i++) if (scores[i]! > 0) sum += scores[i]!;
    // 0 / 0 is NaN: a layer without any score is not scored yet
    for (let i = start; i < start + nExpert; i++) shares[i] = scores[i]! / sum;
  }
  return shares;
}

/** Returns the value below which the fraction `q` of the numbers lies; NaN does not count; 0 if there are none. */
export function quantile(values: Float64Array, q: number): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Rounds up to one and a half significant digits, so that colours stay the same while scores come in: 0.0312 becomes 0.035. */
export function roundUp(value: number): number {
  if (value <= 0) return 0;
  const step = 10 ** Math.floor(Math.log10(value)) / 2;
  // divisions and products leave residues such as 0.35000000000000003
  return Number((Math.ceil(Number((value / step).toPrecision(12))) * step).toPrecision(3));
}

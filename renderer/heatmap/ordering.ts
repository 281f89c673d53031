// Which expert is in which column of each layer.
import type { Dimensions, Order } from './types.ts';

export type ColumnOrder = {
  /** `[layer * nExpert + column]`: the expert in the column. */
  readonly expertAt: Int32Array;
  /** `[layer * nExpert + expert]`: the column of the expert. */
  readonly columnOf: Int32Array;
};

/**
 * Returns the experts of each layer from the highest score to the lowest, ties by the lower index, unscored ones last:
 * `[layer * nExpert + place]`.
 */
export function rankedExperts(scores: Float64Array, { nLayers, nExpert }: Dimensions): Int32Array {
  const ranked = new Int32Array(nLayers * nExpert);
  const keys = new Float64Array(nExpert);
  for (let layer = 0; layer < nLayers; layer++) {
    const start = layer * nExpert;
    const row = ranked.subarray(start, start + nExpert);
    for (let expert = 0; expert < nExpert; expert++) {
      const score = scores[start + expert]!;
      keys[expert] = Number.isNaN(score) ? -Infinity : score;
      row[expert] = expert;
    }
    row.sort((a, b) => keys[b]! - keys[a]! || a - b);
  }
  return ranked;
}

/** Swaps place and expert in each layer. */
export function inverse(ranked: Int32Array, { nLayers, nExpert }: Dimensions): Int32Array {
  const placeOf = new Int32Array(ranked.length);
  for (let layer = 0; layer < nLayers; layer++) {
    const start = layer * nExpert;
    for (let place = 0; place < nExpert; place++) placeOf[start + ranked[start + place]!] = place;
  }
  return placeOf;
}

/**
 * Returns the order of the columns.
 * @param ranked this run's experts by score
 * @param otherRanked the second run's; null: there is none
 */
export function columnOrder(
  order: Order,
  dimensions: Dimensions,
  ranked: Int32Array,
  otherRanked: Int32Array | null,
): ColumnOrder {
  const sorted = order === 'score' ? ranked : order === 'other' ? otherRanked : null;
  const expertAt = sorted ?? byIndex(dimensions);
  return { expertAt, columnOf: inverse(expertAt, dimensions) };
}

function byIndex({ nLayers, nExpert }: Dimensions): Int32Array {
  return Int32Array.from({ length: nLayers * nExpert }, (_, cell) => cell % nExpert);
}

// The scale of the picture: ratios of perplexities to the full model's, logarithmic, since losses multiply.
import { scaleLog } from 'd3-scale';
import { logTicks } from '../../../measures/log-ticks.ts';

export type RatioScale = { readonly place: (ratio: number) => number; readonly ticks: readonly number[] };

/** Fewer would leave the lines without a reference, more would crowd the axis. */
const MOST_TICKS = 6;
/** The lowest upper end, so that lines without any loss do not fill the picture. */
const LEAST_HIGH = 1.1;
/** The steps of ticks within a decade, the finest first. */
const STEPS = [[1, 1.1, 1.2, 1.3, 1.4, 1.5, 2, 3, 5], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1]];

/**
 * Returns the scale.
 * @param ratios everything that is drawn, in all pictures that are compared
 * @param pixels of the lowest and the highest value
 */
export function ratioScale(ratios: readonly number[], pixels: readonly [number, number]): RatioScale {
  const low = Math.min(1, ...ratios);
  const high = Math.max(LEAST_HIGH, ...ratios);
  const scale = scaleLog([low, high], pixels);
  const ticks = logTicks(low, high, STEPS, MOST_TICKS) ?? [1];
  return { place: (ratio) => scale(ratio), ticks };
}

/**
 * Moves overlapping labels apart, as little as possible.
 * @param wanted places, in any order
 * @returns places in the order of `wanted`, at least `gap` apart, none beyond `limit` if there is room
 */
export function spread(wanted: readonly number[], gap: number, limit: number): number[] {
  const order = wanted.map((_, index) => index).toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const places = [...wanted];
  let least = -Infinity;
  for (const index of order) {
    places[index] = Math.max(wanted[index] ?? 0, least);
    least = (places[index] ?? 0) + gap;
  }
  let most = limit;
  for (const index of order.toReversed()) {
    places[index] = Math.min(places[index] ?? 0, most);
    most = (places[index] ?? 0) - gap;
  }
  return places;
}

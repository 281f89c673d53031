// How many reads of unseen demos a cache of some experts per layer would serve, and how much of their scores would remain if only
// those experts were kept. Each demo in turn counts as unseen: what a run stores of the others decides which experts are held.
// docs/METHOD.md says how well that holds.
import type { ExpertSums, MatrixShape, ScoreMatrix } from '../../../contract/criteria.ts';
import { sum } from '../../base/statistics/averages.ts';

/** The unseen demo, and all others together. */
type UnseenDemo = {
  readonly own: { readonly sums: Pick<ExpertSums, 'count'>; readonly scores: ScoreMatrix['scores'] };
  readonly others: { readonly sums: Pick<ExpertSums, 'count'>; readonly scores: ScoreMatrix['scores'] };
};

type Shape = MatrixShape & { readonly nExpertUsed: number };

/** The results for one demo. */
type CacheShares = {
  /** Expert reads, and how many the cache serves: with the experts that the other demos read most, or with those read last. */
  readonly reads: number;
  readonly frequent: number;
  readonly recent: number;
  /** Share of the scores held by the experts that are best by the other demos' scores, mean over the layers. */
  readonly retained: number;
};

/** @param slots experts that the cache holds of each layer; at least as many as a token activates */
export function cacheShares({ own, others }: UnseenDemo, shape: Shape, slots: number): CacheShares {
  const { nLayers, nExpert, nExpertUsed } = shape;
  let [reads, frequent, recent, retained] = [0, 0, 0, 0];
  for (let layer = 0; layer < nLayers; layer++) {
    const row = (matrix: Float64Array): Float64Array => matrix.subarray(layer * nExpert, (layer + 1) * nExpert);
    const [counts, before] = [row(own.sums.count), row(others.sums.count)];
    const scores = row(own.scores);
    reads += sum(counts);
    frequent += sumOf(counts, highest(before, slots));
    recent += recentHits(counts, before, nExpertUsed, slots);
    const all = sum(scores);
    retained += (all > 0 ? sumOf(scores, highest(row(others.scores), slots)) / all : 1) / nLayers;
  }
  return { reads, frequent, recent, retained };
}

/**
 * Reads that a cache of the most recently read experts serves, if reads come in random order (C. Fricker, P. Robert, J. Roberts:
 * A versatile and accurate approximation for LRU cache performance, 2012). An expert stays in the cache for a certain number of tokens
 * after a read: as many as it takes until others have filled the slots.
 * @param before reads of earlier demos, which fill the cache for the first reads
 */
function recentHits(counts: Float64Array, before: Float64Array, nExpertUsed: number, slots: number): number {
  const held = heldShares(counts, nExpertUsed, slots);
  const heldBefore = heldShares(before, nExpertUsed, slots);
  return counts.reduce(
    (hits, reads, expert) => hits + (reads > 0 ? heldBefore[expert]! + (reads - 1) * held[expert]! : 0),
    0,
  );
}

/** The probability that each expert is in the cache. */
function heldShares(counts: Float64Array, nExpertUsed: number, slots: number): Float64Array {
  const tokens = sum(counts) / nExpertUsed;
  if (counts.filter((reads) => reads > 0).length <= slots) return counts.map((reads) => Number(reads > 0));
  const heldFor = (span: number): Float64Array => counts.map((reads) => 1 - (1 - Math.min(1, reads / tokens)) ** span);
  // find the span for which as many experts are held as there are slots: the longer the span, the more
  let [low, high] = [0, 1];
  while (sum(heldFor(high)) < slots && high < Number.MAX_SAFE_INTEGER) [low, high] = [high, 2 * high];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (sum(heldFor(middle)) < slots) low = middle;
    else high = middle;
  }
  return heldFor(low);
}

const HALVINGS = 40;

/** The indices of the highest values; of equal ones, the first. */
function highest(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, count);
}

function sumOf(values: Float64Array, places: readonly number[]): number {
  return places.reduce((total, place) => total + values[place]!, 0);
}

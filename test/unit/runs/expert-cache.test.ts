// Shares of reads that a cache serves, on counts that can be worked out by hand, and on independent reads that are drawn.
import { expect, test } from 'vitest';
import { cacheShares } from '../../../electron/engine/experts/runs/expert-cache.ts';
import { uniform } from '../../../electron/engine/base/statistics/uniform.ts';

const demo = (own: number[], others: number[], scores = own, otherScores = others) => ({
  own: { sums: { count: Float64Array.from(own) }, scores: Float64Array.from(scores) },
  others: { sums: { count: Float64Array.from(others) }, scores: Float64Array.from(otherScores) },
});
const ONE = { nLayers: 1, nExpert: 4, nExpertUsed: 1 };

test('the experts that others read most are held, and those with the best scores are kept', () => {
  const found = cacheShares(demo([6, 1, 2, 1], [3, 9, 8, 0], [1, 2, 3, 4], [0, 0, 5, 6]), ONE, 2);
  expect(found).toMatchObject({ reads: 10, frequent: 3, retained: 0.7 });
});

test('layers count by their reads, and their scores alike', () => {
  const two = { ...ONE, nLayers: 2 };
  const found = cacheShares(demo([4, 0, 0, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0, 0, 1]), two, 1);
  expect(found).toMatchObject({ reads: 6, frequent: 5, retained: 0.75 });
});

test('a cache of all experts serves every read of what was read before', () => {
  expect(cacheShares(demo([5, 5, 1, 1], [1, 1, 1, 1]), ONE, 4)).toMatchObject({
    frequent: 12,
    recent: 12,
    retained: 1,
  });
  // the first read of an expert that nobody read
  expect(cacheShares(demo([5, 5, 1, 1], [1, 1, 1, 0]), ONE, 4).recent).toBe(11);
});

test('independent reads are served as often as a replay says', () => {
  const weights = [8, 6, 5, 4, 3, 3, 2, 2, 1, 1, 1, 1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const draw = uniform(7);
  const read = (): number => {
    let at = draw() * total;
    return weights.findIndex((weight) => (at -= weight) < 0);
  };
  const [before, own] = [Array.from({ length: 4000 }, read), Array.from({ length: 4000 }, read)];
  const counts = (reads: readonly number[]): number[] =>
    weights.map((_, expert) => reads.filter((e) => e === expert).length);
  const shape = { nLayers: 1, nExpert: weights.length, nExpertUsed: 1 };
  for (const slots of [2, 4, 6, 9]) {
    const held = new Set<number>();
    const hits = [...before, ...own].map((expert) => {
      const isThere = held.delete(expert);
      held.add(expert);
      if (held.size > slots) held.delete(held.values().next().value!);
      return isThere;
    });
    const replayed = hits.slice(before.length).filter(Boolean).length / own.length;
    const { recent, reads } = cacheShares(demo(counts(own), counts(before)), shape, slots);
    expect(Math.abs(recent / reads - replayed), String(slots)).toBeLessThan(0.02);
  }
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SUMS, type Criterion } from '../../../electron/contract/criteria.ts';
import { agreement } from '../../../electron/engine/experts/selection/agreement.ts';
import { addSums, emptySums, randomMatrix, scoreMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { demoOf, listed } from './matrices.ts';

const ONE_OF_TWO = { keep: 1, nExpertUsed: 1 };

test('two demos worked out by hand: each is the other\u2019s half', async () => {
  // Layer 0: they keep 0 and 1; the one\u2019s choice holds 1 of 4 against 3 of 4 in the other, or 2 of 10 against 8 of 10.
  // Layer 1: both keep 0.
  const demos = [demoOf([3, 1], [5, 0]), demoOf([2, 8], [7, 0])];
  const { points, enoughAt } = await agreement(listed(demos), 'easy-ep', { nLayers: 2, nExpert: 2 }, ONE_OF_TWO);
  expect(points).toHaveLength(1);
  const [{ held, ...point }] = points as [(typeof points)[number]];
  expect(point).toEqual({ demos: 1, agreed: 0.5, low: 0.5, high: 0.5 });
  // each order is one of two cases
  const cases = [(1 / 3 + 1) / 2, (0.25 + 1) / 2];
  const share = (held - cases[1]!) / (cases[0]! - cases[1]!);
  expect(share * 8).toBeCloseTo(Math.round(share * 8), 9);
  expect(enoughAt).toBeNull();
});

test('demos of two kinds never agree in full, however many there are', async () => {
  // the demos themselves decide: each half is of both kinds, but a single demo of one alone
  const kinds = [demoOf([9, 1, 0, 0]), demoOf([0, 0, 9, 1])];
  const source = { count: 40, at: (index: number) => kinds[index % 2]! };
  const { points } = await agreement(source, 'easy-ep', { nLayers: 1, nExpert: 4 }, { keep: 2, nExpertUsed: 1 });
  expect(points[0]!.agreed).toBe(0.5);
  expect(points.at(-1)).toMatchObject({ demos: 20, agreed: 1, held: 1 });
});

test('demos that say nothing of each other agree by chance', async () => {
  const shape = { nLayers: 20, nExpert: 64 };
  const demos = Array.from({ length: 12 }, (_, seed) => {
    const sums = emptySums(20, 64);
    sums.gateNormTurn.set(randomMatrix({ ...shape, seed: seed + 100 }).scores);
    return sums;
  });
  const { points, enoughAt } = await agreement(listed(demos), 'easy-ep', shape, { keep: 16, nExpertUsed: 1 });
  // a quarter of the experts at random
  for (const { agreed } of points) expect(agreed).toBeCloseTo(0.25, 1);
  expect(points.at(-1)!.held).toBeLessThan(0.9);
  expect(enoughAt).toBeNull();
});

test.each([
  [0, []],
  [1, []],
  [2, [1]],
  [3, [1]],
  [4, [1, 2]],
  [13, [1, 2, 3, 5, 6]],
  [50, [1, 2, 3, 5, 7, 10, 15, 20, 25]],
])('points for %i demos: up to half of them', async (count, expected) => {
  const demos = { count, at: () => demoOf([1, 2]) };
  const { points, enoughAt } = await agreement(demos, 'easy-ep', { nLayers: 1, nExpert: 2 }, ONE_OF_TWO);
  expect(points.map((point) => point.demos)).toEqual(expected);
  expect(points.every(({ agreed, low, high, held }) => [agreed, low, high, held].every((x) => x === 1))).toBe(true);
  expect(enoughAt).toBe(count > 1 ? 1 : null);
});

test('layers in which nothing was measured agree in nothing', async () => {
  const { points } = await agreement(
    { count: 4, at: () => demoOf([1, 2], [0, 0]) },
    'easy-ep',
    { nLayers: 2, nExpert: 2 },
    ONE_OF_TWO,
  );
  expect(points.map(({ held, agreed }) => [held, agreed])).toEqual([
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
});

/** Indices of the `keep` largest, ties to the lower index; of a layer without scores none. */
function largest(scores: readonly number[], keep: number): number[] {
  if (scores.every((score) => score === 0)) return [];
  return scores
    .map((_score, expert) => expert)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, keep);
}

test.each<Criterion>(['easy-ep', 'reap', 'frequency', 'random'])(
  '%s: each point is the formula of METHOD.md over the orders, and the fewest demos that hold 99 %% are enough',
  async (criterion) => {
    const shape = { nLayers: 2, nExpert: 6 };
    // whole numbers: their sums are the same in any order
    const matrix = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 });
    const demo = fc.tuple(matrix, matrix, matrix, matrix, matrix, matrix).map((rows) => {
      const sums = emptySums(2, 6);
      SUMS.forEach((name, i) => sums[name].set(rows[i]!));
      return sums;
    });
    const average = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    await fc.assert(
      fc.asyncProperty(fc.array(demo, { minLength: 2, maxLength: 11 }), async (demos) => {
        const { points, enoughAt } = await agreement(listed(demos), criterion, shape, { keep: 3, nExpertUsed: 1 });
        const layersOf = (some: readonly number[]): number[][] => {
          const total = emptySums(2, 6);
          for (const index of some) addSums(total, demos[index]!);
          const { scores } = scoreMatrix(criterion, total, shape);
          return [[...scores.slice(0, 6)], [...scores.slice(6)]];
        };
        const keys = randomMatrix({ nLayers: 8, nExpert: demos.length, seed: 1 }).scores;
        const half = Math.floor(demos.length / 2);
        for (const { demos: n, ...point } of points) {
          const orders = Array.from({ length: 8 }, (_, order) => {
            const key = (index: number): number => keys[order * demos.length + index]!;
            const shuffled = demos.map((_sums, index) => index).sort((a, b) => key(a) - key(b));
            const chosen = layersOf(shuffled.slice(0, n)).map((scores) => largest(scores, 3));
            const others = layersOf(shuffled.slice(half));
            return {
              agreed: average(
                others.map((scores, i) => chosen[i]!.filter((e) => largest(scores, 3).includes(e)).length / 3),
              ),
              held: average(
                others.map((scores, i) => {
                  const sum = (experts: readonly number[]): number => experts.reduce((all, e) => all + scores[e]!, 0);
                  const best = sum(largest(scores, 3));
                  return best === 0 ? 0 : sum(chosen[i]!) / best;
                }),
              ),
            };
          });
          const agreed = orders.map((order) => order.agreed);
          expect(point.agreed).toBeCloseTo(average(agreed), 12);
          expect(point.low).toBeCloseTo(Math.min(...agreed), 12);
          expect(point.high).toBeCloseTo(Math.max(...agreed), 12);
          expect(point.held).toBeCloseTo(average(orders.map(({ held }) => held)), 9);
        }
        expect(points.at(-1)?.demos).toBe(half);
        const enough = points.find((_point, i) => points.slice(i).every(({ held }) => held >= 0.99));
        expect(enoughAt).toBe(enough?.demos ?? null);
      }),
      { numRuns: 60 },
    );
  },
);

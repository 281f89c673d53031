import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SUMS, type Criterion, type ExpertSums } from '../../../electron/contract/criteria.ts';
import type { KeptExperts } from '../../../electron/contract/kept-experts.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { convergence } from '../../../electron/engine/experts/selection/convergence.ts';
import { addSums, emptySums, randomMatrix, scoreMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { selectExperts } from '../../../electron/engine/experts/selection/select.ts';
import { demoOf, failure, listed } from './matrices.ts';

test('three demos worked out by hand', async () => {
  // All three: [4, 0, 5, 6] keeps 2 3. In layer 0 the demos alone keep 0 1, 0 2, 0 3; the pairs 0 2, 0 3, 2 3.
  // Layer 1 keeps 0 1 with the first demo, and nothing without it: there is nothing to choose by.
  const demos = [
    demoOf([4, 0, 0, 0], [1, 1, 0, 0]),
    demoOf([0, 0, 5, 0], [0, 0, 0, 0]),
    demoOf([0, 0, 0, 6], [0, 0, 0, 0]),
  ];
  const shape = { nLayers: 2, nExpert: 4 };
  const points = await convergence(listed(demos), 'easy-ep', shape, { keep: 2, nExpertUsed: 1 });
  expect(points.map(({ demos: n, low, high }) => [n, low, high])).toEqual([
    [1, 0.25, 0.5],
    [2, 0.5, 0.75],
    [3, 1, 1],
  ]);
});

test.each([
  [0, []],
  [1, [1]],
  [2, [1, 2]],
  [6, [1, 2, 3, 5, 6]],
  [25, [1, 2, 3, 5, 7, 10, 15, 20, 25]],
  [301, [1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 50, 70, 100, 150, 200, 250, 300, 301]],
])('points for %i demos', async (count, expected) => {
  const demos = { count, at: () => demoOf([1, 2]) };
  const options = { keep: 1, nExpertUsed: 1 };
  const points = await convergence(demos, 'easy-ep', { nLayers: 1, nExpert: 2 }, options);
  expect(points.map((point) => point.demos)).toEqual(expected);
  expect(points.every(({ found, low, high }) => found === 1 && low === 1 && high === 1)).toBe(true);
});

test('what one demo alone decides is found once it is in', async () => {
  // one layer of 100 experts, 50 kept: demo 0 alone decides on four of them, all demos on the others
  const first = demoOf(Array.from({ length: 100 }, (_, expert) => (expert < 46 ? 1 : expert < 50 ? 100 : 0)));
  const others = demoOf(Array.from({ length: 100 }, (_, expert) => (expert < 46 ? 1 : expert > 95 ? 0.001 : 0)));
  const points = await convergence(
    { count: 50, at: (index) => (index === 0 ? first : others) },
    'easy-ep',
    { nLayers: 1, nExpert: 100 },
    { keep: 50, nExpertUsed: 1 },
  );
  // the others keep 96 to 99 instead of 46 to 49: 46 of 50 found until demo 0 is in, so the mean rises by its chance
  expect(points.every(({ low, high }) => (low === 0.92 || low === 1) && (high === 0.92 || high === 1))).toBe(true);
  expect(points.map(({ found }) => found)).toEqual(points.map(({ found }) => found).toSorted((a, b) => a - b));
  expect(points.findLastIndex(({ found }) => found < 0.98)).toBeGreaterThan(0);
});

test.each<Criterion>(['easy-ep', 'reap', 'frequency', 'random'])(
  '%s: each point is the mean over the orders of what a choice from their first demos finds',
  async (criterion) => {
    const shape = { nLayers: 2, nExpert: 6 };
    const options = { keep: 3, nExpertUsed: 1 };
    // whole numbers: their sums are the same in any order
    const matrix = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 });
    const demo = fc.tuple(matrix, matrix, matrix, matrix, matrix, matrix).map((rows) => {
      const sums = emptySums(2, 6);
      SUMS.forEach((name, i) => sums[name].set(rows[i]!));
      return sums;
    });
    await fc.assert(
      fc.asyncProperty(fc.array(demo, { minLength: 2, maxLength: 7 }), async (demos) => {
        // a layer in which the first demos have no score finds nothing yet
        const keptBy = (some: readonly ExpertSums[]): KeptExperts => {
          const total = emptySums(2, 6);
          for (const sums of some) addSums(total, sums);
          const { scores } = scoreMatrix(criterion, total, shape);
          return [scores.slice(0, 6), scores.slice(6)].map((row) =>
            row.every((score) => score === 0)
              ? []
              : selectExperts({ nLayers: 1, nExpert: 6, scores: row }, options).kept[0]!,
          );
        };
        const all = keptBy(demos);
        fc.pre(all.every((experts) => experts.length > 0));
        const points = await convergence(listed(demos), criterion, shape, options);
        const orders = Array.from({ length: 8 }, (_, order) => {
          const keys = randomMatrix({ nLayers: 8, nExpert: demos.length, seed: 1 }).scores.slice(order * demos.length);
          return demos.map((_sums, i) => i).sort((a, b) => keys[a]! - keys[b]!);
        });
        for (const point of points.slice(0, -1)) {
          const found = orders.map((order) => {
            const kept = keptBy(order.slice(0, point.demos).map((i) => demos[i]!));
            const shares = kept.map((experts, layer) => experts.filter((e) => all[layer]!.includes(e)).length / 3);
            return (shares[0]! + shares[1]!) / 2;
          });
          expect(point.found).toBeCloseTo(found.reduce((sum, share) => sum + share, 0) / 8, 12);
          expect(point.low).toBeCloseTo(Math.min(...found), 12);
          expect(point.high).toBeCloseTo(Math.max(...found), 12);
        }
        expect(points.at(-1)).toEqual({ demos: demos.length, found: 1, low: 1, high: 1 });
      }),
      { numRuns: 60 },
    );
  },
);

test('a large model holds nobody up, and can be cancelled', async () => {
  const shape = { nLayers: 61, nExpert: 384 };
  const demos = Array.from({ length: 3 }, (_, seed) => {
    const sums = emptySums(61, 384);
    sums.gateNormTurn.set(randomMatrix({ ...shape, seed }).scores);
    return sums;
  });
  const options = { keep: 192, nExpertUsed: 8 };
  const source = { count: 12, at: (index: number) => demos[index % 3]! };
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  const points = await convergence(source, 'easy-ep', shape, options);
  clearInterval(ticking);
  expect(points).toHaveLength(7);
  expect(turns).toBeGreaterThan(5);

  const abort = new AbortController();
  const cancelled = convergence(source, 'easy-ep', shape, options, abort.signal);
  abort.abort(new WinnowError('CANCELLED', 'enough'));
  await expect(cancelled).rejects.toThrow(failure('CANCELLED', 'enough'));
});

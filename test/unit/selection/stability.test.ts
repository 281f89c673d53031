// What is foreseen of a choice, against the sampling theory of finite populations and against what comes true.
import { expect, test } from 'vitest';
import type { ExpertSums } from '../../../electron/contract/criteria.ts';
import { emptySums } from '../../../electron/engine/experts/selection/criteria.ts';
import { Stability } from '../../../electron/engine/experts/selection/stability.ts';
import { uniform } from '../../../electron/engine/base/statistics/uniform.ts';

const OPTIONS = { keep: 1, nExpertUsed: 1 };
const PAIR = { nLayers: 1, nExpert: 2 };

/** A demo with these EASY-EP scores of one layer. */
function demoOf(...scores: number[]): ExpertSums {
  const sums = emptySums(1, scores.length);
  sums.gateNormTurn.set(scores);
  return sums;
}

function foreseen(demos: readonly ExpertSums[], left: number): Promise<number> {
  const stability = new Stability('easy-ep', PAIR, OPTIONS);
  for (const demo of demos) stability.add(demo);
  return stability.changing(left);
}

test('demos that are all alike change nothing, nor does the last one', async () => {
  const alike = Array.from({ length: 10 }, () => demoOf(2, 1));
  expect(await foreseen(alike, 1000)).toBe(0);
  const unlike = Array.from({ length: 10 }, (_, i) => demoOf(i % 2 === 0 ? 3 : 0, 1.4));
  expect(await foreseen(unlike, 1000)).toBe(1);
  expect(await foreseen(unlike, 0)).toBe(0);
});

test('a layer without any score so far is not settled', async () => {
  const empty = Array.from({ length: 10 }, () => demoOf(0, 0));
  expect(await foreseen(empty, 1000)).toBe(1);
  expect(await foreseen(empty, 0)).toBe(1);
});

/**
 * n demos whose difference between two experts has mean `mean` and the standard deviation 1 (divisor n − 1): half of them
 * above the mean, half below.
 */
function pairs(n: number, mean: number): ExpertSums[] {
  const half = Math.sqrt((n - 1) / n);
  return Array.from({ length: n }, (_, i) => demoOf(10 + mean + (i % 2 === 0 ? half : -half), 10));
}

// the total of N, estimated by n of them drawn without replacement, has the standard error N √((1 − n/N) / n) · s
// (Cochran, Sampling Techniques, theorem 2.2); the sign of a normal variable is 95 % sure 1.645 of them from 0
test.each([
  [40, 20],
  [40, 160],
  [100, 25],
  [100, 2000],
])('with %i demos scored and %i left, a close call is stable when theory says so', async (n, left) => {
  const all = n + left;
  const error = all * Math.sqrt((1 - n / all) / n);
  expect(await foreseen(pairs(n, (2.2 * error) / all), left)).toBe(0);
  expect(await foreseen(pairs(n, (1.2 * error) / all), left)).toBe(1);
});

test('of many sets of demos, about as many turn out to change more than foreseen as it says', async () => {
  const shape = { nLayers: 1, nExpert: 16 };
  const options = { keep: 8, nExpertUsed: 1 };
  const random = uniform(7);
  const keptOf = (demos: readonly number[][]): Set<number> => {
    const totals = Array.from({ length: 16 }, (_, e) => demos.reduce((sum, demo) => sum + demo[e]!, 0));
    return new Set([...totals.keys()].sort((a, b) => totals[b]! - totals[a]!).slice(0, 8));
  };
  const SETS = 150;
  let more = 0;
  for (let set = 0; set < SETS; set++) {
    const likes = Array.from({ length: 16 }, () => 1 + 4 * random());
    const demos = Array.from({ length: 120 }, () => likes.map((like) => like * -Math.log(1 - random())));
    const stability = new Stability('easy-ep', shape, options);
    demos.slice(0, 40).forEach((demo) => stability.add(demoOf(...demo)));
    const now = keptOf(demos.slice(0, 40));
    const changed = 8 - [...keptOf(demos)].filter((expert) => now.has(expert)).length;
    if (changed / 8 > (await stability.changing(80)) + 1e-9) more += 1;
  }
  // 5 % at most, and what chance adds: the upper end of 99.9 % of binomial counts
  expect(more).toBeLessThanOrEqual(17);
});

test('what is foreseen before the first demo is nothing', async () => {
  await expect(foreseen([], 3)).rejects.toThrow(RangeError);
});

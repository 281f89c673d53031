// The scores of a demo's windows, added up, are those of its tokens one by one.
import { expect, test } from 'vitest';
import { makeSums } from '../../../electron/contract/criteria.ts';
import { readWindow, withWindow } from '../../../electron/engine/experts/scoring/score.ts';
import { planPacks } from '../../../electron/engine/models/placement/packs.ts';
import type { DemoScores } from '../../../electron/engine/store/demo-scores.ts';

const SLOTS = 3;

/** Scores of tokens from `from` on: each has its place's value in each slot, so that nothing but the place decides. */
function scoresOf(values: readonly number[], from: number, to: number): DemoScores {
  const own = values.slice(from, to);
  const total = own.reduce((sum, value) => sum + value, 0);
  return {
    sums: makeSums(() => new Float64Array(SLOTS).fill(total)),
    maxNorm: new Float32Array(SLOTS).fill(Math.max(...own)),
  };
}

test.each([1, 2, 3, 5, 7, 20])('in windows of %i tokens', (window) => {
  const values = [4, 9, 2, 9, 7, 1, 8, 3, 11, 5, 6, 9, 0, 11];
  const [pack] = planPacks({ lengths: [values.length], alone: false, window }, 4);
  const all = pack!.passes.flat();
  expect(all.map(({ from, to }) => to - from)).toEqual(
    Array.from({ length: Math.ceil(values.length / window) }, (_, i) => Math.min(window, values.length - i * window)),
  );
  const parts = all.map(({ from, to }) => scoresOf(values, from, to));
  const joined = parts.slice(1).reduce((whole, scores) => withWindow(whole, scores), parts[0]!);
  expect(joined).toEqual(scoresOf(values, 0, values.length));
});

test('each window begins at position 0, with the mark of the beginning if the model wants one', () => {
  const demo = Int32Array.of(1, 20, 30, 40, 50);
  const second = { demo: 0, from: 2, to: 4 };
  expect(readWindow(demo, second, { addBos: true })).toEqual(Int32Array.of(1, 40));
  expect(readWindow(demo, second, { addBos: false })).toEqual(Int32Array.of(30, 40));
  expect(readWindow(demo, { demo: 0, from: 0, to: 5 }, { addBos: true })).toBe(demo);
});

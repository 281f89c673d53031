// The scores of a demo's windows, added up, are those of its tokens one by one.
import { expect, test } from 'vitest';
import { SUMS, sumsOf } from '../../../electron/contract/criteria.ts';
import { readWindow, withWindow, type DemoScores } from '../../../electron/engine/experts/scoring/demo-windows.ts';
import { planPacks } from '../../../electron/engine/models/placement/packs.ts';

const SLOTS = 3;

/** Scores of tokens from `from` on: each has its place's value in each slot, so that nothing but the place decides. */
function scoresOf(values: readonly number[], from: number, to: number): DemoScores {
  const own = values.slice(from, to);
  const total = own.reduce((sum, value) => sum + value, 0);
  const sums = () => sumsOf(() => new Float64Array(SLOTS).fill(total));
  return {
    sums: sums(),
    classSums: { [from % 2 === 0 ? 'prompt' : 'answer']: sums() },
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
  const classes = { prompt: 0, answer: 0 };
  for (const { from, to } of all) {
    classes[from % 2 === 0 ? 'prompt' : 'answer'] += values.slice(from, to).reduce((sum, value) => sum + value, 0);
  }
  const joined = parts.slice(1).reduce((whole, scores) => withWindow(whole, scores), parts[0]!);
  const { classSums, ...whole } = scoresOf(values, 0, values.length);
  expect(joined).toMatchObject(whole);
  for (const [name, total] of Object.entries(classes)) {
    const sums = joined.classSums[name as keyof typeof classSums];
    for (const sum of SUMS) expect(sums?.[sum][0] ?? 0, name).toBe(total);
  }
});

test('each window begins at position 0, with the mark of the beginning if the model wants one', () => {
  const demo = { tokens: Int32Array.of(1, 20, 30, 40, 50), classes: Uint8Array.of(0, 1, 2, 3, 4) };
  const second = { demo: 0, from: 2, to: 4 };
  expect(readWindow(demo, second, { addBos: true })).toEqual({
    tokens: Int32Array.of(1, 40),
    classes: Uint8Array.of(0, 3),
  });
  expect(readWindow(demo, second, { addBos: false }).tokens).toEqual(Int32Array.of(30, 40));
  expect(readWindow(demo, { demo: 0, from: 0, to: 5 }, { addBos: true })).toBe(demo);
});

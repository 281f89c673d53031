import { expect, test } from 'vitest';
import { uniformAt } from '../../../electron/engine/experts/selection/criteria.ts';
import {
  contributions,
  learnDictionary,
  strengths,
  USUAL_DICTIONARY,
} from '../../../electron/engine/measure/slow-criteria/dictionary.ts';

const { signal } = new AbortController();

/** Two groups of experts of which each window uses one: 0, 1 and 5; 2 and 4. Expert 3 is never used. */
const together = [
  [2, 1, 0, 0, 0, 3],
  [0, 0, 4, 0, 2, 0],
];
const windows = Float32Array.from(
  [1, 0, 0, 1, 2, 0, 3, 0].flatMap((strength, i) => together[i % 2]!.map((g) => g * strength)),
);

test('groups that are used together become atoms, and what is never used is in none', async () => {
  const found = await learnDictionary(
    windows,
    6,
    { ...USUAL_DICTIONARY, atoms: 2, sparsity: 0.01, steps: 300 },
    signal,
  );
  expect(found.error).toBeLessThan(0.05);
  const strong = strengths(found);
  const [first, second] = strong[0]! > strong[1]! ? [0, 1] : [1, 0];
  // windows of the first group: 1 + 2 + 3 times; atoms are scaled to their largest part
  expect([...found.atoms[first]!].map((part) => Math.round(part * 30) / 30)).toEqual([20 / 30, 10 / 30, 0, 0, 0, 1]);
  expect([...found.atoms[second]!].map((part) => Math.round(part * 30) / 30)).toEqual([0, 0, 1, 0, 0.5, 0]);
  expect(strong[first]).toBeGreaterThan(15);
});

test('the same seed gives the same dictionary, another one another beginning', async () => {
  const few = { ...USUAL_DICTIONARY, atoms: 3, steps: 3 };
  const mixed = Float32Array.from({ length: 60 }, (_, i) => uniformAt(9n, i));
  const one = await learnDictionary(mixed, 6, few, signal);
  expect(await learnDictionary(mixed, 6, few, signal)).toEqual(one);
  const others = await Promise.all([2, 3, 4].map((seed) => learnDictionary(mixed, 6, { ...few, seed }, signal)));
  expect(others.some(({ atoms }) => JSON.stringify(atoms) !== JSON.stringify(one.atoms))).toBe(true);
});

test('CAEP leaves weak atoms out until the quota is met, and what only they hold goes first', () => {
  // one layer, four experts; the weak atom holds 2 and 3
  const dictionary = {
    atoms: [Float64Array.of(1, 0.5, 0.1, 0), Float64Array.of(0, 0, 1, 0.9)],
    codes: [Float64Array.of(4, 6), Float64Array.of(2, 1)],
    error: 0,
  };
  // by all atoms: 10, 5, 1 + 3, 2.7. Half of the two that go lie under 4: three reach it until the weak atom is out
  const scores = [...contributions(dictionary, 1, 4, 2)];
  expect(scores.map((score) => Math.round(score * 1e6) / 1e6)).toEqual([10, 5, 1, 0]);
  expect(scores[3]).toBeGreaterThan(0);
});

test('stops when it is told to', async () => {
  await expect(learnDictionary(windows, 6, USUAL_DICTIONARY, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
});

import { expect, test } from 'vitest';
import {
  COMPARED_CRITERIA,
  CRITERIA,
  FAST_CRITERIA,
  LOWEST,
  partsOfCriterion,
} from '../../../electron/contract/criteria.ts';
import { covers } from '../../../electron/engine/measure/slow-criteria/cover.ts';
import { emptySums } from '../../../electron/engine/experts/selection/criteria.ts';
import { registered, SLOW_CRITERIA } from '../../../electron/engine/measure/slow-criteria/register.ts';
import type { Observation } from '../../../electron/engine/measure/slow-criteria/evidence.ts';
import { comparedScores } from '../../../electron/engine/measure/slow-criteria/compared-scores.ts';

const shape = { nLayers: 2, nExpert: 3 };
const none = new Float64Array(0);
const identity = Float64Array.from([...Array.from({ length: 2 }, () => [1, 0, 0, 0, 1, 0, 0, 0, 1])].flat());

function evidence(observation: Partial<Observation>) {
  return {
    ...shape,
    sums: emptySums(2, 3),
    weights: {
      ...shape,
      routerNorm: Float64Array.of(3, 1, 2, 1, 1, 5),
      norm: Float64Array.of(1, 2, 3, 3, 2, 1),
      stableRank: none,
      similarity: none,
    },
    dictionary: null,
    eliminated: Float64Array.of(2, 0, 1, 0, 2, 1),
    observation: {
      ...shape,
      counts: Float64Array.of(4, 2, 0, 1, 1, 1),
      squares: Float64Array.of(8, 6, 0, 3, 2, 1),
      coverage: none,
      entropy: none,
      outputNorm: none,
      outliers: none,
      shared: identity,
      pairs: identity,
      similarity: identity,
      gram: identity,
      logits: none,
      windows: new Float32Array(0),
      ...observation,
    },
  };
}

test('scores are places in the layer; equal values share one', () => {
  expect([...comparedScores('router-norm', evidence({}), { keep: 1 }).scores]).toEqual([3, 1, 2, 1, 1, 3]);
  expect([...comparedScores('router-norm-lowest', evidence({}), { keep: 1 }).scores]).toEqual([1, 3, 2, 2, 2, 1]);
});

test('an expert without a value comes last at both ends', () => {
  const entropy = Float64Array.of(-5, 2, NaN, 1, NaN, 3);
  expect([...comparedScores('entropy', evidence({ entropy }), { keep: 1 }).scores]).toEqual([1, 2, 0, 1, 0, 2]);
  expect([...comparedScores('entropy-lowest', evidence({ entropy }), { keep: 1 }).scores]).toEqual([2, 1, 0, 2, 0, 1]);
});

test('jointly with re-routing, the last one to go is worth most', () => {
  expect([...comparedScores('joint-rerouted', evidence({}), { keep: 1 }).scores]).toEqual([3, 1, 2, 1, 3, 2]);
});

test('msan is the mean of the squared norms over the routed tokens, 0 without any', () => {
  // 2, 3, 0 and 3, 2, 1
  expect([...comparedScores('msan', evidence({}), { keep: 1 }).scores]).toEqual([2, 3, 1, 3, 2, 1]);
});

test('likeness is the mean over the other experts', () => {
  const similarity = Float64Array.of(1, 0.9, 0.1, 0.9, 1, 0.3, 0.1, 0.3, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1);
  // 0.5, 0.6, 0.2 but for the third, which saw no token
  const scores = comparedScores('activation-similarity', evidence({ similarity }), { keep: 1 }).scores;
  expect([...scores.subarray(0, 3)]).toEqual([1, 2, 0]);
});

test('frequency at its lowest end ranks the least used first', () => {
  const of = evidence({});
  of.sums.count.set([4, 2, 0, 1, 7, 1]);
  expect([...comparedScores('frequency-lowest', of, { keep: 1 }).scores]).toEqual([1, 2, 3, 2, 1, 2]);
});

test('every name is one criterion and one end of it, and fast ones are the ones to choose by', () => {
  expect(new Set(COMPARED_CRITERIA).size).toBe(COMPARED_CRITERIA.length);
  for (const name of COMPARED_CRITERIA) {
    const { criterion, keepsLowest } = partsOfCriterion(name);
    expect(`${criterion}${keepsLowest ? LOWEST : ''}`).toBe(name);
  }
  expect(CRITERIA).toEqual([...FAST_CRITERIA, 'random']);
});

test('a dropped expert is covered by the kept one with the most similar logits', () => {
  // logits of three experts over two tokens: (1, 0), (3, 1), (0, 2)
  const logits = Float64Array.of(1, 3, 0, 3, 10, 2, 0, 2, 4);
  const [layer] = covers(logits, { nLayers: 1, nExpert: 3 }, [[0, 2]]);
  // cos to 0: 3 / √10, to 2: 2 / √40
  expect(layer).toEqual([{ expert: 1, by: 0, likeness: expect.closeTo((3 / Math.sqrt(10) + 1) / 2, 12) as number }]);
});

test('each criterion that can only be compared says what it observes, and nobody selects by it', () => {
  for (const [name, { observes, isSelectable }] of Object.entries(SLOW_CRITERIA)) {
    expect(['weights', 'demos', 'rerouting'], name).toContain(observes);
    expect(
      CRITERIA.some((one) => one === name),
      name,
    ).toBe(isSelectable);
  }
  expect(COMPARED_CRITERIA.filter((name) => registered(name)).map((name) => partsOfCriterion(name).criterion)).toEqual(
    expect.arrayContaining(Object.keys(SLOW_CRITERIA)),
  );
});

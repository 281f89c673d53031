import { describe, expect, it } from 'vitest';
import { CRITERIA, type ExpertSums } from '../../../electron/contract/criteria.ts';
import { addSums, emptySums, randomMatrix, scoreMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { failure } from './matrices.ts';

const shape = { nLayers: 1, nExpert: 3 };

/**
 * Three tokens, one layer, three experts; per routed pair (g, ‖E‖, turn):
 * t0 → e0 (0.5, 4, 0.25), e1 (0.5, 2, 0.25); t1 → e0 (0.25, 8, 0.5); t2 → e0 (1, 1, 0).
 */
function handSums(): ExpertSums {
  const sums = emptySums(1, 3);
  sums.count.set([3, 1, 0]);
  sums.gate.set([1.75, 0.5, 0]);
  sums.norm.set([13, 2, 0]);
  sums.gateNorm.set([2 + 2 + 1, 1, 0]);
  sums.gateTurn.set([0.125 + 0.125 + 0, 0.125, 0]);
  sums.gateNormTurn.set([0.5 + 1 + 0, 0.25, 0]);
  return sums;
}

describe('scoreMatrix', () => {
  it.each([
    ['easy-ep', [1.5, 0.25, 0]],
    ['reap', [5 / 3, 1, 0]],
    ['ean', [13, 2, 0]],
    ['man', [13 / 3, 2, 0]],
    ['gate', [1.75, 0.5, 0]],
    ['frequency', [3, 1, 0]],
  ] as const)('%s of three tokens worked out by hand', (criterion, expected) => {
    const matrix = scoreMatrix(criterion, handSums(), shape);
    expect([...matrix.scores]).toEqual(expected);
    expect(matrix).toMatchObject(shape);
  });

  it.each(CRITERIA)('%s shares no memory with the sums', (criterion) => {
    const sums = handSums();
    scoreMatrix(criterion, sums, shape).scores.fill(-1);
    expect(sums).toEqual(handSums());
  });

  it('refuses sums of another shape', () => {
    expect(() => scoreMatrix('gate', handSums(), { nLayers: 2, nExpert: 3 })).toThrow(
      failure('SCORES_INVALID', '3 values'),
    );
  });
});

describe('random', () => {
  it('is splitmix64, each layer seeded with its own output', () => {
    // Computed with an independent splitmix64, whose first outputs for seed 0 are the published
    // e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f.
    expect([...randomMatrix({ nLayers: 2, nExpert: 3, seed: 0 }).scores]).toEqual([
      0.6524484863740322, 0.7012121095215252, 0.3871241409757855, 0.27623358227789463, 0.21586845960432577,
      0.8791041623071847,
    ]);
    expect([...randomMatrix({ nLayers: 1, nExpert: 2, seed: 7 }).scores]).toEqual([
      0.7215081806049702, 0.6497043364684557,
    ]);
  });

  it('does not depend on the sums, and takes seed 0 by default', () => {
    const seeded = scoreMatrix('random', handSums(), { ...shape, seed: 0 });
    expect(scoreMatrix('random', emptySums(1, 3), shape)).toEqual(seeded);
    expect(scoreMatrix('random', handSums(), { ...shape, seed: 1 })).not.toEqual(seeded);
  });

  it('is uniform: mean 1/2, variance 1/12', () => {
    const { scores } = randomMatrix({ nLayers: 10, nExpert: 1000, seed: 3 });
    const mean = scores.reduce((a, b) => a + b) / scores.length;
    const variance = scores.reduce((a, b) => a + (b - mean) ** 2, 0) / scores.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => randomMatrix({ nLayers: 1, nExpert: 1, seed })).toThrow(failure('USAGE'));
  });
});

describe('addSums', () => {
  it('adds every sum in place', () => {
    const total = handSums();
    addSums(total, handSums());
    expect([...total.count]).toEqual([6, 2, 0]);
    expect([...total.gate]).toEqual([3.5, 1, 0]);
    expect([...total.norm]).toEqual([26, 4, 0]);
    expect([...total.gateNorm]).toEqual([10, 2, 0]);
    expect([...total.gateTurn]).toEqual([0.5, 0.25, 0]);
    expect([...total.gateNormTurn]).toEqual([3, 0.5, 0]);
  });

  it('starts from zeros of the shape', () => {
    expect(Object.values(emptySums(2, 3)).map((sum) => [...sum])).toEqual(
      Array.from({ length: 6 }, () => [0, 0, 0, 0, 0, 0]),
    );
  });

  it('makes reap a mean over all demos, not a mean of means', () => {
    const one = emptySums(1, 1);
    one.count.set([1]);
    one.gateNorm.set([4]);
    const three = emptySums(1, 1);
    three.count.set([3]);
    three.gateNorm.set([6]);
    addSums(one, three);
    expect([...scoreMatrix('reap', one, { nLayers: 1, nExpert: 1 }).scores]).toEqual([2.5]);
  });

  it('refuses another shape', () => {
    expect(() => addSums(emptySums(1, 3), emptySums(1, 4))).toThrow(failure('SCORES_INVALID'));
  });
});

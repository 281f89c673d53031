import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptySums } from '../../../electron/engine/scoring/criteria.ts';
import { convergence, convergenceOfSums } from '../../../electron/engine/selection/convergence.ts';
import { keptOverlap } from '../../../electron/engine/selection/overlap.ts';
import { arbitraryMatrix, failure, matrixOf } from './matrices.ts';

describe('keptOverlap', () => {
  it('is |A ∩ B| / |A ∪ B| per layer, and their mean', () => {
    const overlap = keptOverlap([[0, 1, 2], [4, 5], [1], []], [[1, 2, 3], [4, 5], [2], []]);
    expect(overlap).toEqual({ layers: [0.5, 1, 0, 1], mean: 0.625 });
  });

  it('compares sets of different sizes', () => {
    expect(keptOverlap([[0, 1]], [[0, 1, 2, 3]]).layers).toEqual([0.5]);
  });

  it('refuses choices for different models', () => {
    expect(() => keptOverlap([[0]], [[0], [1]])).toThrow(failure('USAGE', '1 MoE layers', 'of 2'));
    expect(() => keptOverlap([], [])).toThrow(failure('USAGE'));
  });
});

describe('convergence', () => {
  it('follows three demos worked out by hand', () => {
    // Layer 0 sums: [4, 0, 0, 0] keeps 0 1; [4, 0, 5, 0] keeps 0 2; [4, 0, 5, 6] keeps 2 3.
    // Layer 1 sums: [1, 1, 0, 0] throughout.
    const demos = [
      matrixOf([4, 0, 0, 0], [1, 1, 0, 0]),
      matrixOf([0, 0, 5, 0], [0, 0, 0, 0]),
      matrixOf([0, 0, 0, 6], [0, 0, 0, 0]),
    ];
    expect(convergence(demos, { keep: 2, nExpertUsed: 1 })).toEqual([
      { demos: 1, found: 0.5, foundInWorstLayer: 0 },
      { demos: 2, found: 0.75, foundInWorstLayer: 0.5 },
      { demos: 3, found: 1, foundInWorstLayer: 1 },
    ]);
  });

  it.each([
    [0, []],
    [1, [1]],
    [2, [1, 2]],
    [5, [1, 2, 5]],
    [25, [1, 2, 5, 10, 20, 25]],
    [101, [1, 2, 5, 10, 20, 50, 100, 101]],
  ])('has points for %i demos at %j', (nDemos, counts) => {
    const demos = Array.from({ length: nDemos }, () => matrixOf([1, 2]));
    expect(convergence(demos, { keep: 1, nExpertUsed: 1 }).map((point) => point.demos)).toEqual(counts);
  });

  it('does not change the matrices', () => {
    const demos = [matrixOf([1, 2]), matrixOf([3, 4])];
    convergence(demos, { keep: 1, nExpertUsed: 1 });
    expect(demos).toEqual([matrixOf([1, 2]), matrixOf([3, 4])]);
  });

  it('ends at 1, and is 1 throughout for equal demos', () => {
    fc.assert(
      fc.property(fc.array(arbitraryMatrix(2, 8), { minLength: 1, maxLength: 12 }), (demos) => {
        const options = { keep: 3, nExpertUsed: 1 };
        const points = convergence(demos, options);
        expect(points.at(-1)).toEqual({ demos: demos.length, found: 1, foundInWorstLayer: 1 });
        for (const point of points) expect(point.foundInWorstLayer).toBeLessThanOrEqual(point.found);
        const same = [demos[0]!, demos[0]!];
        expect(convergence(same, options)[0]).toEqual({ demos: 1, found: 1, foundInWorstLayer: 1 });
      }),
    );
  });

  it('takes the mean of reap over all demos', () => {
    const sums = (count: number[], gateNorm: number[]) => {
      const demo = emptySums(1, 2);
      demo.count.set(count);
      demo.gateNorm.set(gateNorm);
      return demo;
    };
    // Expert 0: 8 / 1, then 9 / 10; expert 1: 1 / 1, then 2 / 2. The first demo keeps 0, both keep 1; adding the
    // demos' means (8 + 1 / 9 against 2) would keep 0.
    const demos = [sums([1, 1], [8, 1]), sums([9, 1], [1, 1])];
    const shape = { nLayers: 1, nExpert: 2 };
    expect(convergenceOfSums('reap', demos, shape, { keep: 1, nExpertUsed: 1 }).map((p) => p.found)).toEqual([0, 1]);
    // frequency: 1 against 1 keeps 0, 10 against 2 keeps 0.
    const frequency = convergenceOfSums('frequency', demos, shape, { keep: 1, nExpertUsed: 1 });
    expect(frequency.map((p) => p.found)).toEqual([1, 1]);
    expect(demos).toEqual([sums([1, 1], [8, 1]), sums([9, 1], [1, 1])]);
  });
});

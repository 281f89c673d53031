import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScoreMatrix } from '../../../electron/contract/criteria.ts';
import { retainedShares } from '../../../electron/engine/experts/selection/matrix-shares.ts';
import { mixMaxMin } from '../../../electron/engine/experts/selection/max-min.ts';
import { chooseExperts } from '../../../electron/engine/experts/selection/choose-experts.ts';
import { mixShares, mixWeights } from '../../../electron/engine/experts/selection/mix.ts';
import { selectExperts } from '../../../electron/engine/experts/selection/select.ts';
import { arbitraryMatrix, failure, matrixOf } from './matrices.ts';

describe('mixShares', () => {
  it('adds the shares of each layer', () => {
    const mixed = mixShares([matrixOf([1, 1, 2], [0, 0, 5]), matrixOf([30, 10, 0], [1, 3, 0])]);
    expect(mixed).toMatchObject({ nLayers: 2, nExpert: 3 });
    expect([...mixed.scores]).toEqual([1, 0.5, 0.5, 0.25, 0.75, 1]);
  });

  it('lets a domain without mass in a layer add nothing there', () => {
    expect([...mixShares([matrixOf([0, 0]), matrixOf([1, 3])]).scores]).toEqual([0.25, 0.75]);
  });

  it('does not depend on the scale of a domain', () => {
    fc.assert(
      fc.property(arbitraryMatrix(2, 6), arbitraryMatrix(2, 6), fc.integer({ min: -30, max: 30 }), (a, b, exponent) => {
        const scaled = { ...a, scores: a.scores.map((x) => x * 2 ** exponent) };
        expect(mixShares([scaled, b])).toEqual(mixShares([a, b]));
      }),
    );
  });

  it('refuses no matrix, and matrices of two models', () => {
    expect(() => mixShares([])).toThrow(failure('SCORES_INVALID', 'no score matrix'));
    expect(() => mixShares([matrixOf([1, 2]), matrixOf([1, 2, 3])])).toThrow(
      failure('SCORES_INVALID', 'matrix 2', '1 layers × 3 experts'),
    );
  });
});

describe('mixWeights', () => {
  it('weighs the shares', () => {
    expect([...mixWeights([matrixOf([1, 3]), matrixOf([2, 2])], [2, 4]).scores]).toEqual([2.5, 3.5]);
  });

  it('leaves a domain of weight 0 out', () => {
    expect([...mixWeights([matrixOf([1, 3]), matrixOf([2, 2])], [1, 0]).scores]).toEqual([0.25, 0.75]);
  });

  it.each([[[1]], [[1, -1]], [[0, 0]], [[1, NaN]], [[1, Infinity]]])('refuses the weights %j', (weights) => {
    expect(() => mixWeights([matrixOf([1, 3]), matrixOf([2, 2])], weights)).toThrow(failure('USAGE'));
  });
});

function worstOf(matrices: readonly ScoreMatrix[], kept: readonly (readonly number[])[]): number[] {
  const retained = matrices.map((matrix) => retainedShares(matrix, kept));
  return kept.map((_, layer) => Math.min(...retained.map((domain) => domain[layer]!)));
}

function* subsets(n: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  else for (let i = from; i <= n - size; i++) for (const rest of subsets(n, size - 1, i + 1)) yield [i, ...rest];
}

describe('mixMaxMin', () => {
  it('serves a domain that the equal blend gives up', () => {
    const matrices = [matrixOf([5, 5, 0, 0, 0]), matrixOf([0, 0, 4, 3, 3])];
    const options = { keep: 2, nExpertUsed: 1 };
    expect(selectExperts(mixShares(matrices), options).kept).toEqual([[0, 1]]);
    expect(mixMaxMin(matrices, options)).toEqual({
      kept: [[0, 2]],
      retained: [0.4],
      retainedByDomain: [[0.5], [0.4]],
      keep: 2,
    });
  });

  it('chooses each layer for itself', () => {
    const matrices = [matrixOf([5, 5, 0], [1, 0, 0]), matrixOf([0, 0, 1], [0, 3, 1])];
    expect(mixMaxMin(matrices, { keep: 2, nExpertUsed: 1 })).toMatchObject({
      kept: [
        [0, 2],
        [0, 1],
      ],
      retained: [0.5, 0.75],
    });
  });

  it('is plain selection for one domain', () => {
    fc.assert(
      fc.property(arbitraryMatrix(2, 8), (matrix) => {
        const options = { keep: 3, nExpertUsed: 1 };
        const { retained } = selectExperts(matrix, options);
        mixMaxMin([matrix], options).retained.forEach((share, layer) =>
          expect(share).toBeCloseTo(retained[layer]!, 12),
        );
      }),
    );
  });

  it.each(['shares', [1, 0], 'max-min'] as const)(
    'mixes no domain that has a layer without scores: %j',
    async (mix) => {
      const routing = { nExpert: 3, nExpertUsed: 1, nExpertGroups: 0, expertsPerBlock: 1 };
      const options = { keep: 1, mix: typeof mix === 'string' ? mix : [...mix], pins: [], drops: [] };
      const [law, empty] = [matrixOf([1, 2, 3], [1, 1, 0]), matrixOf([1, 0, 0], [0, 0, 0])].map((matrix, i) => ({
        domain: ['law', 'empty'][i]!,
        matrix,
      }));
      await expect(chooseExperts([law!, empty!], routing, { ...options, grouping: 'ungrouped' })).rejects.toThrow(
        failure('SCORES_INVALID', '"empty"', 'MoE layer 1 '),
      );
    },
  );

  const domains = (nExpert: number) => fc.array(arbitraryMatrix(2, nExpert), { minLength: 1, maxLength: 4 });

  it('serves the worst domain of every layer at least as well as the equal blend, and reports what it kept', () => {
    fc.assert(
      fc.property(domains(24), fc.integer({ min: 1, max: 24 }), (matrices, keep) => {
        const options = { keep, nExpertUsed: 1 };
        const result = mixMaxMin(matrices, options);
        const blend = worstOf(matrices, selectExperts(mixShares(matrices), options).kept);
        result.retained.forEach((worst, layer) => expect(worst).toBeGreaterThanOrEqual(blend[layer]! - 1e-12));
        expect(result.retained).toEqual(worstOf(matrices, result.kept));
        for (const experts of result.kept) {
          expect(experts).toHaveLength(keep);
          expect(experts).toEqual([...new Set(experts)].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('is within 0.01 of the best of all choices in small cases, and nearly always exact', () => {
    const cases = fc.sample(
      fc.tuple(
        fc.integer({ min: 2, max: 4 }).chain((n) => fc.tuple(...Array.from({ length: n }, () => randomMatrixOf(9)))),
        fc.integer({ min: 2, max: 6 }),
      ),
      { numRuns: 200, seed: 42 },
    );
    let exact = 0;
    for (const [matrices, keep] of cases) {
      let best = 0;
      for (const experts of subsets(9, keep)) best = Math.max(best, worstOf(matrices, [experts])[0]!);
      const found = mixMaxMin(matrices, { keep, nExpertUsed: 1 }).retained[0]!;
      expect(found).toBeLessThanOrEqual(best + 1e-12);
      expect(found).toBeGreaterThanOrEqual(best - 0.01);
      if (found >= best - 1e-12) exact++;
    }
    expect(exact).toBeGreaterThanOrEqual(195);
  });

  it('comes within 0.005 of the Lagrangian bound at full size', () => {
    const [first, second] = fc.sample(randomMatrixOf(128), { numRuns: 2, seed: 7 });
    const matrices = [first!, second!];
    // min over λ of max over choices of λ·a + (1 − λ)·b is no smaller than the best possible minimum.
    let bound = 1;
    for (let step = 0; step <= 1000; step++) {
      const weights = [step / 1000, 1 - step / 1000];
      const { kept } = selectExperts(mixWeights(matrices, weights), { keep: 64, nExpertUsed: 8 });
      const [a, b] = matrices.map((matrix) => retainedShares(matrix, kept)[0]!);
      bound = Math.min(bound, weights[0]! * a! + weights[1]! * b!);
    }
    const found = mixMaxMin(matrices, { keep: 64, nExpertUsed: 8 }).retained[0]!;
    expect(found).toBeLessThanOrEqual(bound + 1e-9);
    expect(found).toBeGreaterThan(bound - 0.005);
  });

  it('obeys pins, drops, groups and blocks', () => {
    fc.assert(
      fc.property(fc.array(arbitraryMatrix(1, 16), { minLength: 2, maxLength: 3 }), (matrices) => {
        const pins = [{ layer: 0, expert: 3 }];
        const drops = [{ layer: 0, expert: 12 }];
        const options = { keep: 8, nExpertUsed: 2, nGroups: 2, expertsPerBlock: 2, pins, drops };
        const [experts] = mixMaxMin(matrices, options).kept;
        expect(experts).toEqual(expect.arrayContaining([2, 3]));
        expect(experts).not.toContain(12);
        expect(experts).not.toContain(13);
        expect(experts!.filter((expert) => expert < 8)).toHaveLength(4);
        expect(experts).toHaveLength(8);
        for (const expert of experts!) expect(experts).toContain(expert ^ 1);
      }),
    );
  });
});

/** One layer of uneven scores, as measured ones are. */
function randomMatrixOf(nExpert: number): fc.Arbitrary<ScoreMatrix> {
  return fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: nExpert, maxLength: nExpert })
    .map((values) => matrixOf(values.map((value) => (value / 1000) ** 3)));
}

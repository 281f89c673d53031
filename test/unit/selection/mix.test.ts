import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseExperts } from '../../../electron/engine/experts/selection/choose-experts.ts';
import { mixMatrices } from '../../../electron/engine/experts/selection/matrix-shares.ts';
import { arbitraryMatrix, failure, matrixOf } from './matrices.ts';

describe('the mean of shares', () => {
  it('adds the shares of each layer', () => {
    const mixed = mixMatrices([matrixOf([1, 1, 2], [0, 0, 5]), matrixOf([30, 10, 0], [1, 3, 0])], 'shares');
    expect(mixed).toMatchObject({ nLayers: 2, nExpert: 3 });
    expect([...mixed.scores]).toEqual([1, 0.5, 0.5, 0.25, 0.75, 1]);
  });

  it('lets a domain without mass in a layer add nothing there', () => {
    expect([...mixMatrices([matrixOf([0, 0]), matrixOf([1, 3])], 'shares').scores]).toEqual([0.25, 0.75]);
  });

  it('does not depend on the scale of a domain', () => {
    fc.assert(
      fc.property(arbitraryMatrix(2, 6), arbitraryMatrix(2, 6), fc.integer({ min: -30, max: 30 }), (a, b, exponent) => {
        const scaled = { ...a, scores: a.scores.map((x) => x * 2 ** exponent) };
        expect(mixMatrices([scaled, b], 'shares')).toEqual(mixMatrices([a, b], 'shares'));
      }),
    );
  });

  it('refuses no matrix, and matrices of two models', () => {
    expect(() => mixMatrices([], 'shares')).toThrow(failure('SCORES_INVALID', 'no score matrix'));
    expect(() => mixMatrices([matrixOf([1, 2]), matrixOf([1, 2, 3])], 'shares')).toThrow(
      failure('SCORES_INVALID', 'matrix 2', '1 layers × 3 experts'),
    );
  });
});

describe('weights', () => {
  it('weighs the shares', () => {
    expect([...mixMatrices([matrixOf([1, 3]), matrixOf([2, 2])], [2, 4]).scores]).toEqual([2.5, 3.5]);
  });

  it('leaves a domain of weight 0 out', () => {
    expect([...mixMatrices([matrixOf([1, 3]), matrixOf([2, 2])], [1, 0]).scores]).toEqual([0.25, 0.75]);
  });

  it.each([[[1]], [[1, -1]], [[0, 0]], [[1, NaN]], [[1, Infinity]]])('refuses the weights %j', (weights) => {
    expect(() => mixMatrices([matrixOf([1, 3]), matrixOf([2, 2])], weights)).toThrow(failure('USAGE'));
  });
});

it.each(['shares', [1, 0]] as const)('mixes no domain that has a layer without an order: %j', (mix) => {
  const routing = { nExpert: 3, nExpertUsed: 1, nExpertGroups: 0, expertsPerBlock: 1 };
  const options = { keep: 1, mix: typeof mix === 'string' ? mix : [...mix], pins: [], drops: [] };
  const law = { domain: 'law', matrix: matrixOf([1, 2, 3], [1, 1, 0], [1, 2, 1]) };
  for (const flat of [0, 0.5]) {
    const empty = { domain: 'empty', matrix: matrixOf([1, 0, 0], [flat, flat, flat], [flat, flat, flat]) };
    expect(() => chooseExperts([law, empty], routing, { ...options, grouping: 'ungrouped' })).toThrow(
      failure('SCORES_INVALID', 'the demos of "empty"', 'MoE layer 1 ', '2 of 3 layers'),
    );
  }
});

import { describe, expect, it } from 'vitest';
import { keptOverlap } from '../../../electron/engine/experts/selection/overlap.ts';
import { failure } from './matrices.ts';

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

import { describe, expect, it } from 'vitest';
import {
  keptPerColumn,
  quantile,
  retainedShares,
  statistics,
  worstLayer,
} from '../../../renderer/heatmap/statistics.ts';

const two = { nLayers: 2, nExpert: 4 };

describe('statistics', () => {
  it('divides by the sum of the layer and ranks from 1', () => {
    const { shares, ranks } = statistics(Float64Array.of(1, 4, 3, 2, 0, 0, 1, 7), two);
    expect([...shares]).toEqual([0.1, 0.4, 0.3, 0.2, 0, 0, 0.125, 0.875]);
    expect([...ranks]).toEqual([4, 1, 2, 3, 3, 4, 2, 1]);
  });

  it('takes a layer without any score, and single cells without one, for not scored', () => {
    const { shares } = statistics(Float64Array.of(0, 0, 0, 0, 1, NaN, 3, 0), two);
    expect([...shares]).toEqual([NaN, NaN, NaN, NaN, 0.25, NaN, 0.75, 0]);
  });
});

describe('retainedShares', () => {
  it('adds up what is kept, and knows nothing of unscored layers', () => {
    const shares = Float64Array.of(0.1, 0.4, 0.3, 0.2, NaN, NaN, NaN, NaN);
    const [first, second] = retainedShares(
      shares,
      [
        [1, 2],
        [0, 1],
      ],
      two,
    );
    expect(first).toBeCloseTo(0.7, 12);
    expect(second).toBeNaN();
  });
});

describe('worstLayer', () => {
  it('is the first of those that retain least', () => {
    expect(worstLayer(Float64Array.of(0.9, NaN, 0.8, 0.8))).toBe(2);
  });

  it('is none where nothing is lost or nothing is scored', () => {
    expect(worstLayer(Float64Array.of(1, 1 - 1e-15))).toBeNull();
    expect(worstLayer(Float64Array.of(NaN, NaN))).toBeNull();
  });
});

describe('keptPerColumn', () => {
  it('counts layers by where the kept experts stand', () => {
    const columnOf = Int32Array.of(3, 2, 1, 0, 0, 1, 2, 3);
    expect([
      ...keptPerColumn(
        [
          [0, 1],
          [2, 3],
        ],
        columnOf,
        two,
      ),
    ]).toEqual([0, 0, 2, 2]);
  });
});

describe('quantile', () => {
  it('leaves out what is no number', () => {
    const values = Float64Array.of(NaN, 5, 1, Infinity, 4, 2, 3);
    expect(quantile(values, 0)).toBe(1);
    expect(quantile(values, 0.5)).toBe(3);
    expect(quantile(values, 1)).toBe(5);
    expect(quantile(Float64Array.of(NaN), 0.5)).toBe(0);
  });
});

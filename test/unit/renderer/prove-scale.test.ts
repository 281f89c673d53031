import { describe, expect, it } from 'vitest';
import type { Bounded } from '../../../electron/contract/interval.ts';
import { measureScale } from '../../../renderer/screens/prove/proof/measure-scale.ts';

const at = (value: number, half = 0): Bounded => ({
  value,
  standardError: null,
  low: value - half,
  high: value + half,
});

describe('scales of measures', () => {
  it('holds everything that is drawn', () => {
    const { place, ticks, isLog } = measureScale('perplexity', [at(11, 2), at(14, 3)]);
    expect(isLog).toBe(false);
    expect(place(9)).toBeGreaterThanOrEqual(0);
    expect(place(17)).toBeLessThanOrEqual(100);
    expect(ticks.length).toBeGreaterThan(2);
  });

  it('is logarithmic where one perplexity is many times the other', () => {
    const { place, ticks, isLog } = measureScale('perplexity', [at(10, 1), at(900, 50)]);
    expect(isLog).toBe(true);
    expect(ticks).toEqual([10, 20, 50, 100, 200, 500]);
    expect(place(100) - place(10)).toBeCloseTo(place(1000) - place(100));
  });

  it('has enough ticks on a short logarithmic scale', () => {
    expect(measureScale('perplexity', [at(15, 1), at(80, 2)]).ticks).toEqual([15, 20, 30, 50, 70]);
  });

  it('thins the ticks of a long logarithmic scale', () => {
    expect(measureScale('perplexity', [at(10, 1), at(90_000, 1)]).ticks).toEqual([10, 100, 1000, 10_000]);
  });

  it('begins at 0 for divergences and ends at 100 percent for shares', () => {
    const divergence = measureScale('klMean', [at(0), at(1.3, 0.1)]);
    expect(divergence.ticks[0]).toBe(0);
    expect(measureScale('top1', [at(1), at(0.82, 0.04)]).ticks.at(-1)).toBe(1);
  });

  it('has room for a figure whose interval is not known', () => {
    const { place } = measureScale('perplexity', [at(9, 1), { value: 14, standardError: null, low: null, high: null }]);
    expect(place(14)).toBeLessThanOrEqual(100);
    expect(place(14)).toBeGreaterThan(place(10));
  });

  it('can draw nothing, and one thing', () => {
    expect(measureScale('klMean', []).ticks).not.toHaveLength(0);
    expect(Number.isFinite(measureScale('perplexity', [at(5)]).place(5))).toBe(true);
    expect(Number.isFinite(measureScale('klMean', [at(0)]).place(0))).toBe(true);
  });
});

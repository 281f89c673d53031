import { describe, expect, it } from 'vitest';
import { combine } from '../../../renderer/screens/prove/combine.ts';
import { fullMeasured, measured } from './proof.ts';

describe('combining texts', () => {
  it('leaves one text as it is, with 2 standard errors to each side', () => {
    const figures = combine([measured()]);
    expect(figures.tokens).toBe(100);
    expect(figures.perplexity.value).toBeCloseTo(10);
    expect(figures.perplexity.low).toBeCloseTo(8);
    expect(figures.perplexity.high).toBeCloseTo(12);
    expect(figures.klMean?.low).toBeCloseTo(0.16);
    expect(figures.klMean?.high).toBeCloseTo(0.24);
    expect(figures.klP99).toEqual({ value: 2, low: 2, high: 2 });
    expect(figures.top1?.value).toBe(0.8);
  });

  it('weighs by tokens: what one text of both would have', () => {
    const rows = [measured({ perplexity: 4, tokens: 300 }), measured({ perplexity: 64, tokens: 100 })];
    expect(combine(rows).perplexity.value).toBeCloseTo(Math.exp((300 * Math.log(4) + 100 * Math.log(64)) / 400));
    const shares = [measured({ top1: 0.9, tokens: 300 }), measured({ top1: 0.5, tokens: 100 })];
    expect(combine(shares).top1?.value).toBeCloseTo(0.8);
  });

  it('adds errors up as of independent samples', () => {
    const rows = [measured({ klMean: 1, klMeanError: 0.3 }), measured({ klMean: 1, klMeanError: 0.4 })];
    const { klMean } = combine(rows);
    expect(klMean?.value).toBeCloseTo(1);
    expect((klMean?.high ?? 0) - 1).toBeCloseTo(2 * 0.25);
  });

  it('gives the range of the percentiles, since theirs does not follow from them', () => {
    const rows = [measured({ klP99: 1, tokens: 100 }), measured({ klP99: 4, tokens: 200 })];
    expect(combine(rows).klP99).toEqual({ value: 3, low: 1, high: 4 });
  });

  it('stays inside what is possible', () => {
    const { klMean, top1 } = combine([measured({ klMean: 0.01, klMeanError: 0.02, top1: 0.99, top1Error: 0.02 })]);
    expect(klMean?.low).toBe(0);
    expect(top1?.high).toBe(1);
  });

  it('has nothing to compare the full model with', () => {
    expect(combine([fullMeasured()])).toMatchObject({ klMean: null, klP99: null, top1: null });
  });
});

import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import { combine } from '../../../renderer/measures/combine.ts';
import { figure, fullMeasured, measured } from './proof.ts';

describe('combining texts', () => {
  it('leaves one text as it is, with its own intervals', () => {
    expect(combine([measured()])).toEqual({
      tokens: 100,
      units: { unit: 'chunk', count: 8 },
      perplexity: { value: 10, standardError: 1, low: 8.2, high: 12.1 },
      ratio: { value: 1.25, standardError: 0.05, low: 1.15, high: 1.36 },
      klMean: { value: 0.2, standardError: 0.02, low: 0.16, high: 0.25 },
      klP99: { value: 2, standardError: 0.3, low: 1.5, high: 2.9 },
      top1: { value: 0.8, standardError: 0.04, low: 0.72, high: 0.87 },
    });
  });

  it('weighs by tokens: what one text of both would have', () => {
    const rows = [
      measured({ perplexity: figure(4), ratio: figure(1.1), tokens: 300 }),
      measured({ perplexity: figure(64), ratio: figure(1.5), tokens: 100 }),
    ];
    expect(combine(rows).perplexity.value).toBeCloseTo(Math.exp((300 * Math.log(4) + 100 * Math.log(64)) / 400));
    expect(combine(rows).ratio?.value).toBeCloseTo(Math.exp((300 * Math.log(1.1) + 100 * Math.log(1.5)) / 400));
    const shares = [
      measured({ top1: figure(0.9), klP99: figure(1), tokens: 300 }),
      measured({ top1: figure(0.5), klP99: figure(3), tokens: 100 }),
    ];
    expect(combine(shares).top1?.value).toBeCloseTo(0.8);
    expect(combine(shares).klP99?.value).toBeCloseTo(1.5);
  });

  it('counts units where all texts have the same', () => {
    expect(combine([measured({ units: 3 }), measured({ units: 4 })]).units).toEqual({ unit: 'chunk', count: 7 });
    expect(combine([measured(), measured({ unit: 'document' })]).units).toBeNull();
  });

  it('adds errors up as of independent samples', () => {
    const rows = [measured({ klMean: figure(1, 0.3) }), measured({ klMean: figure(1, 0.4) })];
    const { klMean } = combine(rows);
    expect(klMean?.value).toBeCloseTo(1);
    expect((klMean?.high ?? 0) - 1).toBeCloseTo(1.96 * 0.25);
    const ratios = [measured({ ratio: figure(2, 0.6) }), measured({ ratio: figure(2, 0.8) })];
    expect(Math.log((combine(ratios).ratio?.high ?? 0) / 2)).toBeCloseTo(1.96 * 0.25);
    expect(Math.log(2 / (combine(ratios).ratio?.low ?? 0))).toBeCloseTo(1.96 * 0.25);
  });

  it('has the texts’ own KL p99 as its ends, between which that of all tokens lies', () => {
    const rows = [measured({ klP99: figure(1, 0.1), tokens: 300 }), measured({ klP99: figure(3, 0.1), tokens: 100 })];
    expect(combine(rows).klP99).toEqual({ value: 1.5, standardError: null, low: 1, high: 3 });
  });

  it('stays inside what is possible', () => {
    const near = { klMean: figure(0.01, 0.02), top1: figure(0.99, 0.02) };
    const { klMean, top1 } = combine([measured(near), measured(near)]);
    expect(klMean?.low).toBe(0);
    expect(top1?.high).toBe(1);
  });

  it('has no interval where an error is not known', () => {
    const older: Partial<Evaluation> = { klMean: figure(0.2) };
    const unsure = { value: 0.2, standardError: null, low: null, high: null };
    expect(combine([measured(older)]).klMean).toEqual(unsure);
    expect(combine([measured(older), measured()]).klMean).toEqual(unsure);
  });

  it('has nothing to compare the full model with', () => {
    expect(combine([fullMeasured()])).toMatchObject({ ratio: null, klMean: null, klP99: null, top1: null });
    expect(combine([measured(), measured({ ratio: null })]).ratio).toBeNull();
  });
});

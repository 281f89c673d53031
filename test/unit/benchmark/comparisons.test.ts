// Comparisons of many: Student's test against its density, Holm's correction against the closed tests that it stands for.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compared, comparisonTable, holm, studentTwoSided } from '../../bench/comparisons.ts';

/** Outside ±t, by Simpson's rule over the density of (1 + x² / ν)^−(ν + 1)/2 between two points and in all, x = √ν tan θ. */
function byDensity(t: number, freedom: number): number {
  const steps = 20_000;
  const integral = (to: number): number => {
    const width = to / steps;
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
      sum += weight * Math.cos(i * width) ** (freedom - 1);
    }
    return (sum * width) / 3;
  };
  return 1 - integral(Math.atan(t / Math.sqrt(freedom))) / integral(Math.PI / 2);
}

describe('Student’s two-sided probability', () => {
  it.each([1, 2, 3, 5, 6, 11, 12, 40])('is what the density says, %i degrees of freedom', (freedom) => {
    for (const t of [0, 0.3, 1, 2.2, 4.7]) expect(studentTwoSided(t, freedom)).toBeCloseTo(byDensity(t, freedom), 8);
  });

  it('is 5 % at the quantiles of the tables', () => {
    for (const [freedom, t] of [
      [1, 12.7062],
      [5, 2.57058],
      [11, 2.20099],
    ] as const)
      expect(studentTwoSided(t, freedom)).toBeCloseTo(0.05, 5);
  });
});

/** Every intersection of hypotheses by Bonferroni; a hypothesis holds out as long as one that it is in does. */
function closed(values: readonly number[]): number[] {
  const adjusted = values.map(() => 0);
  for (let set = 1; set < 1 << values.length; set++) {
    const members = [...values.keys()].filter((i) => set & (1 << i));
    const p = Math.min(1, members.length * Math.min(...members.map((i) => values[i]!)));
    for (const i of members) adjusted[i] = Math.max(adjusted[i]!, p);
  }
  return adjusted;
}

describe('Holm’s correction', () => {
  it('is the closed test by Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }), (values) => {
        closed(values).forEach((p, i) => expect(holm(values)[i]).toBeCloseTo(p, 12));
      }),
    );
  });

  it('gives the values of a worked example', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });
});

const ratios = (...values: number[]) => values.map((ratio, i) => ({ model: 'm', domain: `d${i}`, ratio }));

describe('a comparison', () => {
  it('is a geometric mean over domains and models with Student’s interval', () => {
    const { ratio, p } = compared(ratios(1.1, 1.2, 1.3));
    expect(ratio.value).toBeCloseTo((1.1 * 1.2 * 1.3) ** (1 / 3), 12);
    // logs 0.09531, 0.18232, 0.26236: deviation 0.083551, error 0.048238, t 3.7319, quantile 4.30265
    expect(ratio.low).toBeCloseTo(Math.exp(0.179998 - 4.30265 * 0.048238), 4);
    expect(ratio.high).toBeCloseTo(Math.exp(0.179998 + 4.30265 * 0.048238), 4);
    expect(p).toBeCloseTo(byDensity(0.179998 / 0.048238, 2), 4);
  });

  it('of one domain has no interval and claims nothing', () => {
    expect(compared(ratios(2))).toEqual({ ratio: { value: 2, standardError: null, low: null, high: null }, p: null });
    expect(comparisonTable('over x', [{ name: 'y', observations: ratios(2) }])).toContain('| 2.000 | – |  |');
  });

  it('claims less among many than alone', () => {
    const close = { name: 'close', observations: ratios(1.02, 1.03, 1.01, 1.03, 1.0, 1.04) };
    const noise = Array.from({ length: 32 }, (_, i) => ({
      name: `noise ${i}`,
      observations: ratios(0.9, 1.1, 1, 1.2, 0.8, 1),
    }));
    const line = (table: string): string | undefined => table.split('\n').find((one) => one.startsWith('| close'));
    expect(line(comparisonTable('over x', [close]))).toContain('| 0.015 | worse |');
    expect(line(comparisonTable('over x', [close, ...noise]))).toContain('| 0.501 |  |');
  });
});

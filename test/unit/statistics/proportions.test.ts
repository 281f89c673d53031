// Rates and differences, against published figures.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceOf, rateOf, wilson } from '../../../electron/engine/base/statistics/proportions.ts';

const repeat = (value: boolean, times: number): boolean[] => Array.from({ length: times }, () => value);

describe('Wilson', () => {
  // Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (hits, n, low, high) => {
    const interval = wilson(hits / n, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test('holds the share and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
        const share = Math.round(part * n) / n;
        const { low, high } = wilson(share, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('rates', () => {
  test('have Wilson’s interval', () => {
    const rate = rateOf([...repeat(true, 15), ...repeat(false, 133), null]);
    expect(rate).toMatchObject({ hits: 15, judged: 148 });
    expect(rate?.low).toBeCloseTo(0.0624, 3);
    expect(rate?.high).toBeCloseTo(0.1605, 3);
    expect(rateOf([null])).toBeNull();
  });
});

describe('differences', () => {
  const pairs = (both: number, ours: number, theirs: number, none: number): [boolean[], boolean[]] => [
    [...repeat(true, both + ours), ...repeat(false, theirs + none)],
    [...repeat(true, both), ...repeat(false, ours), ...repeat(true, theirs), ...repeat(false, none)],
  ];

  // Newcombe, Statistics in Medicine 17 (1998) 2635–2650, table III, method 10
  test.each([
    [36, 12, 2, 0, 0.0569, 0.3404],
    [20, 12, 2, 16, 0.0562, 0.329],
    [54, 0, 0, 0, -0.0664, 0.0664],
  ])('both %i, one %i, other %i, neither %i', (both, ours, theirs, none, low, high) => {
    const difference = differenceOf(...pairs(both, ours, theirs, none))!;
    expect(difference.low).toBeCloseTo(low, 3);
    expect(difference.high).toBeCloseTo(high, 3);
    expect(difference).toMatchObject({ prompts: both + ours + theirs + none });
  });

  test('turned round it has the other sign', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 }), (outcomes) => {
        const a = outcomes.map(([x]) => x);
        const b = outcomes.map(([, y]) => y);
        const forth = differenceOf(a, b)!;
        const back = differenceOf(b, a)!;
        expect(back.value).toBeCloseTo(-forth.value, 10);
        expect(back.low).toBeCloseTo(-forth.high, 10);
        expect(back.pValue).toBeCloseTo(forth.pValue, 10);
        expect(forth.low).toBeLessThanOrEqual(forth.value + 1e-12);
        expect(forth.high).toBeGreaterThanOrEqual(forth.value - 1e-12);
        expect(forth.low).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(forth.high).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  test('only what was judged with both counts', () => {
    const difference = differenceOf([true, null, true], [false, true, null]);
    expect(difference).toMatchObject({ value: 1, prompts: 1, pValue: 1 });
    expect(differenceOf([null], [true])).toBeNull();
  });
});

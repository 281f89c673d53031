// Rates, differences, lengths and what a number of prompts can show, against published figures and brute force.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lengthRatio } from '../../../electron/engine/generation/length-drift.ts';
import { differenceOf, rateOf, wilson, type Outcomes } from '../../../electron/engine/statistics/proportions.ts';
import { increasePower, loopSensitivity, USUAL_LOOP_RATE } from '../../../electron/engine/generation/sensitivity.ts';
import { binomialMass, signTest, signTestBound } from '../../../electron/engine/statistics/binomial.ts';

/** One completion a prompt. */
const once = (...outcomes: (boolean | null)[]): Outcomes => outcomes.map((outcome) => [outcome]);
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
  test('one completion a prompt: plain Wilson', () => {
    const rate = rateOf(once(...repeat(true, 15), ...repeat(false, 133), null));
    expect(rate).toMatchObject({ hits: 15, judged: 148, prompts: 148 });
    expect(rate?.low).toBeCloseTo(0.0624, 3);
    expect(rate?.high).toBeCloseTo(0.1605, 3);
    expect(rateOf(once(null))).toBeNull();
  });

  test('samples that always agree tell no more than one of them', () => {
    const alike = Array.from({ length: 40 }, (_, prompt) => repeat(prompt < 10, 8));
    const single = rateOf(once(...repeat(true, 10), ...repeat(false, 30)))!;
    const many = rateOf(alike)!;
    expect(many).toMatchObject({ hits: 80, judged: 320, prompts: 40, share: 0.25 });
    expect(many.low).toBeCloseTo(single.low, 2);
    expect(many.high).toBeCloseTo(single.high, 2);
  });

  test('samples that differ as much as chance lets them narrow the interval', () => {
    const apart = Array.from({ length: 40 }, (_, prompt) =>
      Array.from({ length: 8 }, (_, sample) => (prompt + sample) % 4 === 0),
    );
    const rate = rateOf(apart)!;
    const plain = wilson(0.25, 320);
    expect(rate.low).toBeCloseTo(plain.low, 6);
    expect(rate.high).toBeCloseTo(plain.high, 6);
  });

  test('where nothing was seen each prompt counts once', () => {
    expect(rateOf(Array.from({ length: 20 }, () => repeat(false, 8)))?.high).toBeCloseTo(0.1611, 4);
  });
});

describe('differences', () => {
  const pairs = (both: number, ours: number, theirs: number, none: number): [Outcomes, Outcomes] => [
    once(...repeat(true, both + ours), ...repeat(false, theirs + none)),
    once(...repeat(true, both), ...repeat(false, ours), ...repeat(true, theirs), ...repeat(false, none)),
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
    expect(difference).toMatchObject({ higher: ours, lower: theirs, prompts: both + ours + theirs + none });
  });

  test('turned round it has the other sign', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 }), (outcomes) => {
        const a = once(...outcomes.map(([x]) => x));
        const b = once(...outcomes.map(([, y]) => y));
        const forth = differenceOf(a, b)!;
        const back = differenceOf(b, a)!;
        expect(back.difference).toBeCloseTo(-forth.difference, 10);
        expect(back.low).toBeCloseTo(-forth.high, 10);
        expect(back.pValue).toBeCloseTo(forth.pValue, 10);
        expect(forth.low).toBeLessThanOrEqual(forth.difference + 1e-12);
        expect(forth.high).toBeGreaterThanOrEqual(forth.difference - 1e-12);
        expect(forth.low).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(forth.high).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  test('only what was judged with both counts', () => {
    const difference = differenceOf([[true, null], [null], [true]], [[false, true], [true], [null]]);
    expect(difference).toMatchObject({ difference: 1, prompts: 1, higher: 1, lower: 0, pValue: 1 });
    expect(differenceOf([[null]], [[true]])).toBeNull();
  });

  test('several samples: a prompt is higher or lower by its share', () => {
    const ours = [repeat(true, 4), [true, false, false, false], [false, true, false, false], repeat(false, 4)];
    const theirs = [[true, true, false, false], [false, true, false, false], repeat(true, 4), repeat(false, 4)];
    expect(differenceOf(ours, theirs)).toMatchObject({ higher: 1, lower: 1, pValue: 1, difference: -1 / 16 });
  });
});

describe('sign test', () => {
  test.each([
    [0, 0, 1],
    [5, 0, 0.0625],
    [6, 0, 0.03125],
    [8, 1, 0.0390625],
    [3, 3, 1],
  ])('%i to %i', (a, b, p) => expect(signTest(a, b)).toBeCloseTo(p, 10));

  test('its bound is where it rejects', () => {
    for (let n = 0; n < 80; n++) {
      const bound = signTestBound(n, 0.05);
      if (bound >= 0) expect(signTest(bound, n - bound)).toBeLessThanOrEqual(0.05);
      expect(signTest(bound + 1, n - bound - 1)).toBeGreaterThan(0.05);
    }
  });

  test('probabilities add up to 1', () => {
    for (const p of [0, 0.036, 0.5, 1]) {
      let sum = 0;
      for (let k = 0; k <= 300; k++) sum += binomialMass(k, 300, p);
      expect(sum).toBeCloseTo(1, 9);
    }
  });
});

describe('what so many prompts can show', () => {
  test('50 prompts cannot see a doubled loop rate', () => {
    const { baseRate, powerForDouble, detectableRate, promptsForDouble } = loopSensitivity(50, 0);
    expect(baseRate).toBe(USUAL_LOOP_RATE);
    expect(powerForDouble).toBeLessThan(0.05);
    expect(detectableRate).toBeGreaterThan(0.2);
    expect(promptsForDouble).toBeGreaterThan(600);
    expect(promptsForDouble).toBeLessThan(720);
  });

  test('the power is what the test does over all outcomes', () => {
    const [n, from, to] = [12, 0.1, 0.7];
    let power = 0;
    for (let worse = 0; worse <= n; worse++) {
      for (let better = 0; worse + better <= n; better++) {
        if (worse <= better || signTest(worse, better) > 0.05) continue;
        const differing = (1 - from) * to + from * (1 - to);
        power +=
          binomialMass(worse + better, n, differing) *
          binomialMass(worse, worse + better, ((1 - from) * to) / differing);
      }
    }
    expect(increasePower(n, from, to)).toBeCloseTo(power, 9);
  });

  test('the detectable rate is one that is seen four times out of five, and no less is', () => {
    for (const prompts of [20, 100, 400]) {
      const { detectableRate, baseRate } = loopSensitivity(prompts, 0.05);
      expect(increasePower(prompts, baseRate, detectableRate!)).toBeGreaterThanOrEqual(0.8);
      expect(increasePower(prompts, baseRate, detectableRate! - 0.002)).toBeLessThan(0.8);
    }
    expect(loopSensitivity(5, 0.05).detectableRate).toBeNull();
  });

  test('the prompts that are said to do, do', () => {
    const { promptsForDouble, baseRate } = loopSensitivity(10, 0.1);
    expect(increasePower(promptsForDouble, baseRate, 0.2)).toBeGreaterThanOrEqual(0.8);
    expect(loopSensitivity(10, 0.9).baseRate).toBe(0.5);
    expect(increasePower(10, 0, 0)).toBe(0);
  });
});

describe('lengths', () => {
  test('median ratio between order statistics', () => {
    const theirs = Array.from({ length: 20 }, () => [100, 100]);
    const ours = Array.from({ length: 20 }, (_, i) => [100 + i, 102 + i]);
    // 6th and 15th of 20: P(X ≤ 5) = 0.0207 on either side
    expect(lengthRatio(ours, theirs)).toEqual({ median: 1.105, low: 1.06, high: 1.15, prompts: 20 });
    expect(lengthRatio([[0], [4]], [[2], [2]])).toEqual({ median: 1.25, low: 0.5, high: 2, prompts: 2 });
  });
});

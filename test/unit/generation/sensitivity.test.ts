// What a number of prompts can show, against brute force.
import { describe, expect, test } from 'vitest';
import {
  increasePower,
  loopSensitivity,
  USUAL_LOOP_RATE,
} from '../../../electron/engine/measure/generation/sensitivity.ts';
import { binomialMass } from '../../../electron/engine/base/statistics/binomial.ts';
import { signTest } from '../../../electron/contract/sign-test.ts';

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

import { describe, expect, test } from 'vitest';
import { signTest } from '../../../electron/contract/sign-test.ts';
import { binomialMass, signTestBound } from '../../../electron/engine/base/statistics/binomial.ts';

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

import { describe, expect, test } from 'vitest';
import { lengthRatio } from '../../../electron/engine/measure/generation/length-drift.ts';

describe('lengths', () => {
  test('median ratio between order statistics', () => {
    const theirs = Array.from({ length: 20 }, () => [100, 100]);
    const ours = Array.from({ length: 20 }, (_, i) => [100 + i, 102 + i]);
    // 6th and 15th of 20: P(X ≤ 5) = 0.0207 on either side
    expect(lengthRatio(ours, theirs)).toEqual({
      value: 1.105,
      standardError: null,
      low: 1.06,
      high: 1.15,
      prompts: 20,
    });
    expect(lengthRatio([[0], [4]], [[2], [2]])).toEqual({
      value: 1.25,
      standardError: null,
      low: 0.5,
      high: 2,
      prompts: 2,
    });
  });
});

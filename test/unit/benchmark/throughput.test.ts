import { expect, test } from 'vitest';
import { speedRatio } from '../../../electron/engine/measure/benchmark/throughput.ts';
import { median } from '../../../electron/engine/base/statistics/averages.ts';

test('the median of an even number is the mean of the middle two', () => {
  expect(median([5, 1, 9])).toBe(5);
  expect(median([8, 1, 2, 4])).toBe(3);
  expect(median([])).toBeNaN();
});

test('ratios are those of the medians, pruned over full', () => {
  const full = [
    { prefill: 100, decode: 10 },
    { prefill: 1, decode: 12 },
    { prefill: 200, decode: 8 },
  ];
  const pruned = [
    { prefill: 150, decode: 30 },
    { prefill: 900, decode: 30 },
    { prefill: 50, decode: 30 },
  ];
  expect(speedRatio({ full, pruned })).toEqual({ prefill: 1.5, decode: 3 });
});

// What files are expected to lose.
import { expect, test } from 'vitest';
import { figureKey, Losses, partOf } from '../../../electron/engine/measure/fit/losses.ts';

const measured = (figures: Readonly<Record<string, number>>): Losses =>
  new Losses(32, new Map(Object.entries(figures)));

test('what is not measured is the sample’s, to the scale of what is', () => {
  const [sample, twice] = [new Losses(32), measured({ 'attention q4_K': 2 * 0.0056 })];
  expect(sample.ofClass('attention', 'q4_K')).toBe(0.0056);
  expect(twice.ofClass('attention', 'q6_K')).toBeCloseTo(2 * sample.ofClass('attention', 'q6_K'), 12);
  expect(twice.ofClass('embedding', 'q6_K')).toBe(sample.ofClass('embedding', 'q6_K'));
  expect(twice.isKnown({ ofClass: 'attention', type: 'q4_K' })).toBe(true);
  expect(twice.isKnown({ ofClass: 'attention', type: 'q6_K' })).toBe(false);
});

test('between counts the loss goes evenly in its logarithm, beyond them as between the last two', () => {
  const losses = measured({ '16': 0.16, '24': 0.01, '28': 0.005 });
  expect(losses.ofCut(20)).toBeCloseTo(0.04, 12);
  expect(losses.ofCut(30)).toBeCloseTo(0.005 / Math.SQRT2, 12);
  expect(losses.ofCut(12)).toBeCloseTo(0.64, 12);
  expect(losses.ofCut(32)).toBe(0);
});

test('more experts are never expected to lose more, whatever chance measured', () => {
  const losses = measured({ '8': 0.5, '16': 0.1, '20': 0.2, '24': 0.05 });
  const all = Array.from({ length: 25 }, (_, i) => losses.ofCut(8 + i));
  for (const [i, loss] of all.entries()) if (i > 0) expect(loss).toBeLessThanOrEqual(all[i - 1]!);
});

test('figures are known by what they are of, and classes share a loss', () => {
  expect(figureKey({ keep: 24, width: null })).toBe('24');
  expect(figureKey({ keep: 24, width: 0.75 })).not.toBe('24');
  expect(figureKey({ ofClass: 'down', type: 'mxfp4' })).toBe('down mxfp4');
  const classes = ['gateUp', 'attention', 'embedding'] as const;
  expect(classes.reduce((sum, one) => sum + partOf(one, classes), 0)).toBeCloseTo(1, 12);
});

import { expect, test } from 'vitest';
import { storedFiguresSchema } from '../../../electron/engine/measure/generation/stored-figures.ts';

const ends = { low: 0.1, high: 0.4 };
const counts = { hits: 1, judged: 4, prompts: 4 };
const signs = { prompts: 4, higher: 1, lower: 0, pValue: 1 };
const sensitivity = { prompts: 4, baseRate: 0.1, powerForDouble: 0.1, detectableRate: null, promptsForDouble: 200 };
const about = { medianTokens: 9 };

test('figures that went by names of their own are read as intervals', () => {
  const rate = { share: 0.25, ...ends, ...counts };
  const older = {
    ...about,
    rates: { loop: rate, truncated: rate, broken: null, answer: null },
    againstFull: {
      loop: { difference: 0.25, ...ends, ...signs },
      truncated: null,
      broken: null,
      answer: null,
      lengthRatio: { median: 0.9, ...ends, prompts: 4 },
      identical: rate,
      sensitivity,
    },
  };
  const interval = (value: number): object => ({ value, standardError: null, ...ends });
  const share = { ...interval(0.25), ...counts };
  const newer = {
    ...about,
    rates: { loop: share, truncated: share, broken: null, answer: null },
    againstFull: {
      loop: { ...interval(0.25), ...signs },
      truncated: null,
      broken: null,
      answer: null,
      lengthRatio: { ...interval(0.9), prompts: 4 },
      identical: share,
      sensitivity,
    },
  };
  expect(storedFiguresSchema.parse(older)).toEqual(newer);
  expect(storedFiguresSchema.parse(newer)).toEqual(newer);
  expect(storedFiguresSchema.parse({ ...older, againstFull: null })).toEqual({ ...newer, againstFull: null });
  expect(storedFiguresSchema.safeParse({ ...older, rates: {} }).success).toBe(false);
});

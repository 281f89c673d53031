// What several texts say as one.
import { describe, expect, test } from 'vitest';
import { combineTexts } from '../../../electron/contract/several-texts.ts';
import { costOf } from '../../../electron/engine/measure/evaluation/judged-choices.ts';

const figure = (value: number, standardError: number | null = null) => ({
  value,
  standardError,
  low: null,
  high: null,
});
const text = (value: number, tokens: number, standardError: number | null = null) => ({
  interval: figure(value, standardError),
  tokens,
});

test('a cost needs a text', () => {
  expect(() => costOf(null, [])).toThrow(RangeError);
});

describe('combining texts', () => {
  test('leaves one text as it is, with its own interval', () => {
    const interval = { value: 10, standardError: 1, low: 8.2, high: 12.1 };
    expect(combineTexts('perplexity', [{ interval, tokens: 100 }])).toEqual(interval);
  });

  test('weighs by tokens: what one text of both would have', () => {
    const value = (measure: 'perplexity' | 'top1' | 'klP99', a: number, b: number) =>
      combineTexts(measure, [text(a, 300), text(b, 100)])?.value;
    expect(value('perplexity', 4, 64)).toBeCloseTo(Math.exp((300 * Math.log(4) + 100 * Math.log(64)) / 400));
    expect(value('top1', 0.9, 0.5)).toBeCloseTo(0.8);
    expect(value('klP99', 1, 3)).toBeCloseTo(1.5);
  });

  test('adds errors up as of independent samples', () => {
    const klMean = combineTexts('klMean', [text(1, 100, 0.3), text(1, 100, 0.4)]);
    expect((klMean?.high ?? 0) - 1).toBeCloseTo(1.96 * 0.25);
    const ratio = combineTexts('ratio', [text(2, 100, 0.6), text(2, 100, 0.8)]);
    expect(Math.log((ratio?.high ?? 0) / 2)).toBeCloseTo(1.96 * 0.25);
    expect(Math.log(2 / (ratio?.low ?? 0))).toBeCloseTo(1.96 * 0.25);
  });

  test('has the texts’ own KL p99 as its ends, between which that of all tokens lies', () => {
    expect(combineTexts('klP99', [text(1, 300, 0.1), text(3, 100, 0.1)])).toEqual({
      value: 1.5,
      standardError: null,
      low: 1,
      high: 3,
    });
  });

  test('stays inside what is possible', () => {
    expect(combineTexts('klMean', [text(0.01, 100, 0.02), text(0.01, 100, 0.02)])?.low).toBe(0);
    expect(combineTexts('top1', [text(0.99, 100, 0.02), text(0.99, 100, 0.02)])?.high).toBe(1);
  });

  test('has no interval where an error is not known, and no figure where one is missing', () => {
    expect(combineTexts('klMean', [text(0.2, 100), text(0.2, 100, 0.1)])).toEqual(figure(0.2));
    expect(combineTexts('ratio', [text(1.2, 100), { interval: null, tokens: 100 }])).toBeNull();
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Interval } from '../../../electron/contract/interval.ts';
import { placeOf, rowsOf, summarise, type StudyRow } from '../../../electron/engine/measure/study/summary.ts';

const ratio = (value: number, standardError: number | null = 0.1): Interval => ({
  value,
  standardError,
  low: value - 0.2,
  high: value + 0.2,
});

const row = (about: Partial<StudyRow>): StudyRow => ({
  overLeading: null,
  method: 'easy-ep',
  seed: null,
  domain: 'law',
  keep: 8,
  text: 'law',
  place: 'in',
  ratio: ratio(1),
  units: 11,
  perplexity: 10,
  klMean: 0,
  klP99: 0,
  top1: 1,
  ...about,
});

test('the mean of ratios is geometric, those of KL and agreement arithmetic', () => {
  const summary = summarise([
    row({ ratio: ratio(1), klMean: 0.1, top1: 0.9 }),
    row({ text: 'tax', ratio: ratio(4), klMean: 0.3, top1: 0.5 }),
  ]);
  expect(summary).toMatchObject({ pairs: 2, ratio: { value: 2 }, klMean: 0.2, top1: 0.7 });
  expect(summarise([])).toBeNull();
});

test('texts err on their own, pairs on one text together', () => {
  // standard error of a log ratio: 0.1 / 1; Student's quantile at 97.5 % by degrees of freedom: 10 and 20
  const [t10, t20] = [2.228, 2.086];
  const margin = (...rows: StudyRow[]): number => {
    const { low, high } = summarise(rows)!.ratio;
    return Math.log(high! / low!) / 2;
  };
  expect(margin(row({}), row({ domain: 'tax' }))).toBeCloseTo(t10 * 0.1, 3);
  expect(margin(row({}), row({ text: 'tax' }))).toBeCloseTo((t20 * 0.1) / Math.SQRT2, 3);
  // two pairs on one text and one on another: (2/3 · 0.1)² + (1/3 · 0.1)², with 10 · 25 / 17 = 14 degrees of freedom
  expect(margin(row({}), row({ domain: 'tax' }), row({ text: 'tax' }))).toBeCloseTo(2.145 * 0.1 * Math.sqrt(5 / 9), 3);
  // 3 units each: 4 degrees of freedom
  expect(margin(row({ units: 3 }), row({ text: 'tax', units: 3 }))).toBeCloseTo((2.776 * 0.1) / Math.SQRT2, 2);
});

test('a single pair keeps the interval that was measured', () => {
  expect(summarise([row({})])).toMatchObject({ ratio: { low: 0.8, high: 1.2 } });
});

test('an interval that one text does not have is not made up', () => {
  expect(summarise([row({}), row({ text: 'tax', ratio: ratio(1, null) })])).toMatchObject({
    ratio: { low: null, high: null },
  });
});

test('the interval holds the mean, and the order of the rows does not matter', () => {
  const rows = fc.array(
    fc.record({
      value: fc.double({ min: 0.5, max: 50, noNaN: true }),
      standardError: fc.double({ min: 0, max: 0.3, noNaN: true }),
      text: fc.constantFrom('law', 'tax', 'art'),
    }),
    { minLength: 2, maxLength: 12 },
  );
  fc.assert(
    fc.property(rows, (about) => {
      const all = about.map(({ value, standardError, text }) => row({ text, ratio: ratio(value, standardError) }));
      const mean = summarise(all)!.ratio;
      expect(mean.low! <= mean.value && mean.value <= mean.high!).toBe(true);
      expect(summarise(all.toReversed())!.ratio.value).toBeCloseTo(mean.value, 9);
    }),
  );
});

test('choices have a place by their demos', () => {
  const domains = ['law', 'tax'];
  expect(placeOf({ method: 'gate', domain: 'law' }, 'law', domains)).toBe('in');
  expect(placeOf({ method: 'gate', domain: 'law' }, 'tax', domains)).toBe('out');
  expect(placeOf({ method: 'random', domain: null }, 'law', domains)).toBe('any');
  expect(placeOf({ method: 'random', domain: null }, 'art', domains)).toBe('out');
  expect(placeOf({ method: 'random', domain: null }, 'law', ['law'])).toBe('in');
});

test('random choices stand in and outside every domain', () => {
  const rows = [row({}), row({ method: 'random', place: 'any' }), row({ method: 'random', place: 'any', keep: 4 })];
  expect(rowsOf(rows, 'random', 8, 'in')).toEqual([rows[1]]);
  expect(rowsOf(rows, 'random', 8, 'out')).toEqual([rows[1]]);
  expect(rowsOf(rows, 'easy-ep', 8, 'out')).toEqual([]);
});

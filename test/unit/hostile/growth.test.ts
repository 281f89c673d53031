import { expect, test } from 'vitest';
import { judgeGrowth, type Sample } from '../../hostile/soak/growth.ts';

const BOUNDS = { bytes: 1000, handles: 0.5 };

/** Samples after 10, 20, … jobs. */
function samples(count: number, at: (i: number) => { bytes: number; handles: number }): Sample<keyof typeof BOUNDS>[] {
  return Array.from({ length: count }, (_, i) => ({ jobs: 10 * (i + 1), ...at(i) }));
}

const grows = (...of: Parameters<typeof samples>): string[] =>
  judgeGrowth(samples(...of), BOUNDS).flatMap((verdict) => (verdict.grows ? [verdict.figure] : []));

test('what stays, wanders or falls does not grow', () => {
  expect(grows(60, (i) => ({ bytes: 5e6 + 300 * Math.sin(i), handles: 50 + (i % 3) }))).toEqual([]);
  expect(grows(60, (i) => ({ bytes: 5e6 - 1000 * i, handles: 50 }))).toEqual([]);
});

test('a slow leak is found, and its rate', () => {
  expect(grows(60, (i) => ({ bytes: 5e6 + 150 * i + 300 * Math.sin(i), handles: 50 }))).toEqual(['bytes']);
  expect(grows(60, (i) => ({ bytes: 5e6, handles: 50 + Math.floor(i / 5) }))).toEqual(['handles']);
  const [bytes] = judgeGrowth(
    samples(61, (i) => ({ bytes: 150 * i, handles: 0 })),
    BOUNDS,
  );
  expect(bytes).toEqual({ figure: 'bytes', first: 4500, last: 9000, slope: 1500, bound: 1000, grows: true });
});

test('warm-up and outliers do not count', () => {
  expect(grows(60, (i) => ({ bytes: 1e6 * Math.min(i, 25), handles: 50 }))).toEqual([]);
  expect(grows(60, (i) => ({ bytes: i % 7 === 6 ? 9e6 : 5e6, handles: i === 59 ? 900 : 50 }))).toEqual([]);
});

test('few samples are no growth, many are judged in time', () => {
  expect(grows(1, () => ({ bytes: 1, handles: 1 }))).toEqual([]);
  expect(grows(20_000, (i) => ({ bytes: 150 * i, handles: 0 }))).toEqual(['bytes']);
});

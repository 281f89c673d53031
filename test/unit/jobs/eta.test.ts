import { expect, test } from 'vitest';
import { pace } from '../../../electron/engine/app/jobs/recorder.ts';

const START = { ms: 0, done: 0 };

test('the rate since the start, and what is left at it', () => {
  // 500 tokens in 2 s of 10,000: 250/s; 9,500 left take 38 s.
  expect(pace(START, { ms: 2000, done: 500 }, 10_000)).toEqual({ perSecond: 250, etaMs: 38_000 });
  expect(pace(START, { ms: 2000, done: 500 }, 400).etaMs).toBe(0);
});

test('no time left before 5 % or 10 s', () => {
  const etaAt = (ms: number, done: number) => pace(START, { ms, done }, 1000).etaMs;
  expect([etaAt(1000, 49), etaAt(1000, 50)]).toEqual([undefined, 19_000]);
  expect([etaAt(9999, 49), etaAt(10_000, 40)]).toEqual([undefined, 240_000]);
});

test('what an earlier attempt has done is no throughput', () => {
  // Resumed at 900 of 1,000: 10 of the 100 left in 1 s.
  const resumed = { ms: 0, done: 900 };
  expect(pace(resumed, { ms: 1000, done: 910 }, 1000)).toEqual({ perSecond: 10, etaMs: 9000 });
  // 4 of 100 are too little to go by, although 904 of 1,000 are done.
  expect(pace(resumed, { ms: 1000, done: 904 }, 1000).etaMs).toBeUndefined();
});

test('without a sample, a total or movement there is no time left', () => {
  expect(pace(START, START, 100)).toEqual({ perSecond: undefined, etaMs: undefined });
  expect(pace(START, { ms: 20_000, done: 50 }, 0).etaMs).toBeUndefined();
  expect(pace(START, { ms: 20_000, done: 0 }, 100)).toEqual({ perSecond: 0, etaMs: undefined });
});

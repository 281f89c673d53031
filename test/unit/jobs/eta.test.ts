import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addSample, paceOf, startThroughput, type Throughput } from '../../../electron/engine/app/jobs/eta.ts';

/** Samples as [time in ms, work done]. */
function after(samples: readonly (readonly [number, number])[], from: readonly [number, number] = [0, 0]): Throughput {
  return samples.reduce((throughput, [ms, done]) => addSample(throughput, ms, done), startThroughput(...from));
}

test('a steady rate is told exactly from the first sample on', () => {
  // 500 tokens in 2 s of 10,000: 250/s; 9,500 left take 38 s.
  const { perSecond, etaMs } = paceOf(after([[2000, 500]]), 10_000);
  expect(perSecond).toBeCloseTo(250, 10);
  expect(etaMs).toBeCloseTo(38_000, 7);
});

test('after a change the newer rate counts for more', () => {
  // 10 s at 100/s, then 10 s at 300/s, τ = 10 s: the weights are e⁻¹(1 − e⁻¹) and (1 − e⁻¹), so the mean is
  // (100 e⁻¹ + 300) / (1 + e⁻¹) = (36.7879 + 300) / 1.367879 = 246.2117.
  const { perSecond } = paceOf(
    after([
      [10_000, 1000],
      [20_000, 4000],
    ]),
    10_000,
  );
  expect(perSecond).toBeCloseTo(246.2117, 3);
});

test('a steady stretch may be sampled as often as one likes', () => {
  const often = after(Array.from({ length: 1000 }, (_, i) => [10 * (i + 1), 1 * (i + 1)] as const));
  const once = after([[10_000, 1000]]);
  expect(often.weight).toBeCloseTo(once.weight, 12);
  expect(often.weightedRate).toBeCloseTo(once.weightedRate, 12);
});

test('no time left before 5 % or 10 s', () => {
  expect(paceOf(after([[1000, 49]]), 1000).etaMs).toBeUndefined();
  expect(paceOf(after([[1000, 50]]), 1000).etaMs).toBeCloseTo(19_000, 6);
  expect(paceOf(after([[9999, 49]]), 1000).etaMs).toBeUndefined();
  expect(paceOf(after([[10_000, 40]]), 1000).etaMs).toBeCloseTo(240_000, 6);
});

test('what an earlier attempt has done is no throughput', () => {
  // Resumed at 900 of 1,000: 10 of the 100 left in 1 s.
  const resumed = after([[1000, 910]], [0, 900]);
  expect(paceOf(resumed, 1000).perSecond).toBeCloseTo(10, 10);
  expect(paceOf(resumed, 1000).etaMs).toBeCloseTo(9000, 6);
  // 4 of 100 are too little to go by, although 904 of 1,000 are done.
  expect(paceOf(after([[1000, 904]], [0, 900]), 1000).etaMs).toBeUndefined();
});

test('without a sample, a total or movement there is no time left', () => {
  expect(paceOf(startThroughput(0, 0), 100)).toEqual({ perSecond: undefined, etaMs: undefined });
  expect(paceOf(after([[20_000, 50]]), 0).etaMs).toBeUndefined();
  expect(paceOf(after([[20_000, 0]]), 100)).toEqual({ perSecond: 0, etaMs: undefined });
});

test('samples within one tick of the clock are counted with the next', () => {
  const throughput = after([
    [0, 100],
    [1000, 200],
    [1000, 300],
    [2000, 400],
  ]);
  // 200 in each second, as seen by the clock: 0 to 200, then 200 to 400.
  expect(paceOf(throughput, 1000).perSecond).toBeCloseTo(200, 10);
});

test('work that goes backwards is measured anew', () => {
  const throughput = after([
    [10_000, 5000],
    [11_000, 0],
    [12_000, 10],
  ]);
  expect(paceOf(throughput, 20).perSecond).toBeCloseTo(10, 10);
});

test('the rate lies between the slowest and the fastest stretch, the time left is never negative', () => {
  const step = fc.record({ ms: fc.integer({ min: 1, max: 60_000 }), work: fc.integer({ min: 0, max: 1_000_000 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), fc.integer({ min: 0 }), (steps, total) => {
      let [ms, done] = [0, 0];
      const throughput = after(steps.map((s) => [(ms += s.ms), (done += s.work)] as const));
      const rates = steps.map((s) => (1000 * s.work) / s.ms);
      const { perSecond, etaMs } = paceOf(throughput, total);
      expect(perSecond!).toBeGreaterThanOrEqual(Math.min(...rates) * (1 - 1e-9));
      expect(perSecond!).toBeLessThanOrEqual(Math.max(...rates) * (1 + 1e-9));
      if (etaMs !== undefined) expect(etaMs).toBeGreaterThanOrEqual(0);
    }),
  );
});

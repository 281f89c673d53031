import { describe, expect, test } from 'vitest';
import type { Interval } from '../../../electron/contract/interval.ts';
import { sum, uniform } from '../../../electron/engine/base/statistics/numbers.ts';
import {
  bootstrap,
  LEVEL,
  meanOver,
  quantileOver,
  simultaneousLows,
} from '../../../electron/engine/base/statistics/bootstrap.ts';

const ones = (n: number): Uint32Array => new Uint32Array(n).fill(1);
const meanOf = (values: readonly number[], options = {}): Interval =>
  bootstrap(values.length, { mean: meanOver(Float64Array.from(values), ones(values.length)) }, options).mean;

describe('one measurement', () => {
  test('has the figure as measured, and always the same interval', () => {
    const values = [1, 2, 4, 8, 16, 3, 5, 7];
    const first = meanOf(values);
    expect(first.value).toBe(46 / 8);
    expect(meanOf(values)).toEqual(first);
    expect(first.low).toBeLessThan(first.value);
    expect(first.high).toBeGreaterThan(first.value);
    expect(meanOf(values, { seed: 1 }).standardError).not.toBe(first.standardError);
  });

  test('has the standard error of a mean', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i * 37) % 41);
    const mean = values.reduce((sum, x) => sum + x, 0) / 40;
    const textbook = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 39 / 40);
    expect((meanOf(values).standardError ?? NaN) / textbook).toBeCloseTo(1, 1);
  });

  test('weighs units by their tokens', () => {
    const { mean } = bootstrap(2, { mean: meanOver(Float64Array.of(10, 90), Uint32Array.of(10, 30)) });
    expect(mean).toMatchObject({ value: 2.5, low: 1, high: 3 });
  });

  test('of a single unit has no interval; of equal units an interval of one point', () => {
    expect(meanOf([3])).toEqual({ value: 3, standardError: null, low: null, high: null });
    expect(meanOf([3, 3, 3])).toEqual({ value: 3, standardError: 0, low: 3, high: 3 });
  });

  test('of two units reaches from one to the other', () => {
    expect(meanOf([1, 5])).toMatchObject({ value: 3, low: 1, high: 5 });
  });
});

describe('a quantile over tokens', () => {
  // units 0: 0 … 9, 1: 100 … 189
  const values = Float32Array.from([...Array(10).keys(), ...Array.from({ length: 90 }, (_, i) => 100 + i)]);
  const unitOf = Uint32Array.from(values, (value) => (value < 100 ? 0 : 1));
  const p99 = quantileOver(0.99, values, unitOf, Uint32Array.of(10, 90));

  test('is that of the tokens sorted', () => {
    expect(p99(Uint32Array.of(1, 1))).toBe(189);
    expect(quantileOver(0.5, values, unitOf, Uint32Array.of(10, 90))(Uint32Array.of(1, 1))).toBe(140);
  });

  test('counts units as often as they are drawn', () => {
    for (const times of [
      [0, 2],
      [2, 0],
      [3, 1],
      [90, 1],
      [1, 40],
    ] as const) {
      const drawn = [...values]
        .flatMap((value, i) => Array<number>(times[unitOf[i]!] ?? 0).fill(value))
        .sort((a, b) => a - b);
      const wanted = drawn[Math.min(drawn.length - 1, Math.floor(0.99 * drawn.length))];
      expect(p99(Uint32Array.from(times)), times.join()).toBe(wanted);
    }
  });

  test('does not mind the order of the tokens', () => {
    const backwards = quantileOver(0.99, values.toReversed(), unitOf.toReversed(), Uint32Array.of(10, 90));
    expect(backwards(Uint32Array.of(1, 2))).toBe(p99(Uint32Array.of(1, 2)));
  });
});

describe('coverage, by simulation', () => {
  /** As random as a fixed sequence can be. */
  const uniform = (() => {
    let state = 1;
    return (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  })();
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const DATASETS = 400;
  const share = (covered: () => boolean): number =>
    Array.from({ length: DATASETS }, covered).filter(Boolean).length / DATASETS;
  const holds = ({ low, high }: Interval, truth: number): boolean => (low ?? NaN) <= truth && truth <= (high ?? NaN);

  // three standard errors of a share of 400 trials are 0.033
  test.each([3, 8, 30])('of a mean over %i normal units', (n) => {
    const covered = share(() => holds(meanOf(Array.from({ length: n }, normal), { resamples: 1000 }), 0));
    // with three units, the means of resamples reach no further than the units themselves
    expect(covered).toBeGreaterThan(n === 3 ? 0.7 : LEVEL - 0.035);
    expect(covered).toBeLessThan(LEVEL + 0.033);
  });

  test('of tokens that depend on their neighbours, where an error over tokens fails', () => {
    const [nUnits, nTokens] = [24, 64];
    const tokens = new Uint32Array(nUnits).fill(nTokens);
    let byToken = 0;
    const byUnit = share(() => {
      // what a chunk is about moves all of its tokens
      const values = Array.from({ length: nUnits }, () => 0.5 * normal()).flatMap((of) =>
        Array.from({ length: nTokens }, () => of + normal()),
      );
      const sums = Float64Array.from(tokens, (_, unit) =>
        values.slice(unit * nTokens, (unit + 1) * nTokens).reduce((a, b) => a + b, 0),
      );
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const error = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1) / values.length);
      if (Math.abs(mean) <= 1.96 * error) byToken += 1 / DATASETS;
      return holds(bootstrap(nUnits, { mean: meanOver(sums, tokens) }, { resamples: 1000 }).mean, 0);
    });
    expect(byUnit).toBeGreaterThan(LEVEL - 0.045);
    expect(byToken).toBeLessThan(0.5);
  });

  test('of a high percentile', () => {
    const [nUnits, nTokens] = [40, 50];
    const unitOf = Uint32Array.from({ length: nUnits * nTokens }, (_, i) => Math.floor(i / nTokens));
    const tokens = new Uint32Array(nUnits).fill(nTokens);
    const covered = share(() => {
      const values = Float32Array.from(unitOf, () => -Math.log(uniform()));
      const statistics = { p99: quantileOver(0.99, values, unitOf, tokens) };
      return holds(bootstrap(nUnits, statistics, { resamples: 500 }).p99, -Math.log(0.01));
    });
    expect(covered).toBeGreaterThan(0.89);
  });
});

describe('lower ends that hold for several means at once', () => {
  const even = (units: number) => new Uint32Array(units).fill(10);
  /** Sums whose means over units are 0 in truth: standard normal values by the central limit of twelve uniform ones. */
  const normal = (random: () => number, units: number) =>
    Float64Array.from({ length: units }, () => 10 * (sum(Array.from({ length: 12 }, random)) - 6));

  test('are above the truth for any of many means about as rarely as for one', () => {
    const random = uniform(3);
    const [units, experiments] = [24, 400];
    let [together, apart] = [0, 0];
    for (let experiment = 0; experiment < experiments; experiment++) {
      const means = Array.from({ length: 12 }, () => [normal(random, units)]);
      const lows = (some: typeof means) => simultaneousLows([even(units)], some, { resamples: 400 })!;
      if (Math.max(...lows(means)) > 0) together++;
      if (means.some((mean) => lows([mean])[0]! > 0)) apart++;
    }
    // a one-sided 2.5 %; twelve independent looks at that level: 1 − 0.975^12 = 26 %
    expect(together / experiments).toBeLessThan(0.07);
    expect(together).toBeGreaterThan(0);
    expect(apart / experiments).toBeGreaterThan(0.15);
  }, 60_000);

  test('of one mean are the lower end of its own interval', () => {
    const sums = normal(uniform(8), 200);
    const [low] = simultaneousLows([even(200)], [[sums]])!;
    const { mean } = bootstrap(200, { mean: meanOver(sums, even(200)) });
    expect(Math.abs(low! - mean.low!)).toBeLessThan(0.1 * (mean.value - mean.low!));
  });

  test('texts are drawn from apart: what differs between them does not count', () => {
    const [first, second] = [new Float64Array(8).fill(10), new Float64Array(24).fill(50)];
    expect(simultaneousLows([even(8), even(24)], [[first, second]])).toEqual([4]);
  });

  test('are not known where a text is a single unit', () => {
    expect(simultaneousLows([even(5), even(1)], [[new Float64Array(5), new Float64Array(1)]])).toBeNull();
  });
});

// How far figures would scatter if other texts of the same kind had been measured: the bootstrap over units (Efron 1979).
// A unit is a document or a chunk, never a token: neighbouring tokens depend on one another, so that an error that treats
// them as independent is too small. All figures of a text, including the full model's, use the same resamples.
import { NORMAL_QUANTILE, type Interval } from '../../../contract/interval.ts';
import { sum, uniform } from './numbers.ts';

/** Confidence level of an interval: the share of intervals that hold the value they estimate. */
export const LEVEL = 0.95;
/** Each of the two quantiles at the ends of a 95 % interval then rests on a hundred resamples. */
const RESAMPLES = 4000;
/** Fixed, so that the same measurement has the same interval. */
const SEED = 20_250_607;

/** A figure of a text in which unit u occurs `times[u]` times; with each unit once, it is the measured figure. */
type Statistic = (times: Uint32Array) => number;

/**
 * Percentile intervals, expanded for few units: the ends are quantiles further out than (1 − LEVEL) / 2. The interval of a
 * mean then has the width of Student's distribution rather than the width of a normal distribution with the resamples' smaller
 * deviation (Hesterberg 2015, The American Statistician 69, 371–386). The standard error is the deviation over the resamples
 * times √(n / (n − 1)).
 * @param units at least 1
 * @param options another number of resamples and seed, for tests
 */
export function bootstrap<Name extends string>(
  units: number,
  statistics: Readonly<Record<Name, Statistic>>,
  { resamples = RESAMPLES, seed = SEED }: { readonly resamples?: number; readonly seed?: number } = {},
): Record<Name, Interval> {
  const once = new Uint32Array(units).fill(1);
  const figures = Object.entries<Statistic>(statistics).map(([name, statistic]) => {
    return { name, statistic, value: statistic(once), drawn: new Float64Array(resamples) };
  });
  if (units > 1) {
    const random = uniform(seed);
    const times = new Uint32Array(units);
    for (let resample = 0; resample < resamples; resample++) {
      times.fill(0);
      for (let draw = 0; draw < units; draw++) times[Math.floor(random() * units)]! += 1;
      for (const { statistic, drawn } of figures) drawn[resample] = statistic(times);
    }
  }
  const intervals = figures.map(({ name, value, drawn }) => [name, interval(value, drawn, units)]);
  return Object.fromEntries(intervals) as Record<Name, Interval>;
}

/** @param drawn the figure of each resample; this array is sorted in place */
function interval(value: number, drawn: Float64Array, units: number): Interval {
  if (units < 2) return { value, standardError: null, low: null, high: null };
  const sorted = drawn.sort();
  const tail = expandedTail(units);
  const standardError = Math.sqrt(units / (units - 1)) * deviation(sorted);
  return { value, standardError, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/**
 * A mean over tokens.
 * @param sums the sum over each unit's tokens
 * @param tokens the number of each unit's tokens
 */
export function meanOver(sums: Float64Array, tokens: Uint32Array): Statistic {
  return (times) => dot(times, sums) / dot(times, tokens);
}

function dot(times: Uint32Array, values: Float64Array | Uint32Array): number {
  let total = 0;
  for (let unit = 0; unit < times.length; unit++) total += times[unit]! * values[unit]!;
  return total;
}

/**
 * Lower ends of 95 % intervals that hold for all of several means at once: max-t over resamples of the same units, drawn
 * within each text (Romano & Wolf 2005, Econometrica 73, 1237–1282), expanded for few units as `bootstrap` does.
 * @param tokens each text's number of tokens by unit
 * @param means for each mean the sums over each unit's tokens, of each text
 * @returns null: there are too few units
 */
export function simultaneousLows(
  tokens: readonly Uint32Array[],
  means: readonly (readonly Float64Array[])[],
  { resamples = RESAMPLES, seed = SEED }: { readonly resamples?: number; readonly seed?: number } = {},
): number[] | null {
  const units = sum(tokens.map(({ length }) => length));
  if (tokens.some(({ length }) => length < 2)) return null;
  const all = Uint32Array.from(tokens.flatMap((text) => [...text]));
  const statistics = means.map((texts) => meanOver(Float64Array.from(texts.flatMap((text) => [...text])), all));
  const times = new Uint32Array(units).fill(1);
  const values = statistics.map((statistic) => statistic(times));
  const drawn = statistics.map(() => new Float64Array(resamples));
  const random = uniform(seed);
  for (let resample = 0; resample < resamples; resample++) {
    times.fill(0);
    let first = 0;
    for (const { length } of tokens) {
      for (let draw = 0; draw < length; draw++) times[first + Math.floor(random() * length)]! += 1;
      first += length;
    }
    statistics.forEach((statistic, mean) => (drawn[mean]![resample] = statistic(times)));
  }
  const errors = drawn.map(deviation);
  const most = new Float64Array(resamples).map((_, resample) =>
    Math.max(0, ...errors.map((error, mean) => (error > 0 ? (drawn[mean]![resample]! - values[mean]!) / error : 0))),
  );
  const reach = expanded(quantile(most.sort(), 1 - (1 - LEVEL) / 2), units);
  return values.map((value, mean) => value - reach * errors[mean]!);
}

/**
 * The value at position ⌊share · n⌋ of all n tokens' values in ascending order.
 * @param values one for each token
 * @param unitOf the unit of each token
 * @param tokens the number of each unit's tokens
 */
export function quantileOver(share: number, values: Float32Array, unitOf: Uint32Array, tokens: Uint32Array): Statistic {
  // from the largest value down: a high quantile is found after a few steps
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
  return (times) => {
    let count = 0;
    for (let unit = 0; unit < times.length; unit++) count += times[unit]! * tokens[unit]!;
    const above = count - 1 - Math.min(count - 1, Math.floor(share * count));
    let passed = 0;
    let i = -1;
    while (passed <= above) passed += times[unitOf[order[++i]!]!]!;
    return values[order[i]!]!;
  };
}

/** Probability below the lower end of an expanded percentile interval: Φ(−√(n / (n − 1)) · t). */
function expandedTail(units: number): number {
  return normalTail(expanded(NORMAL_QUANTILE, units));
}

/** √(n / (n − 1)) · t, with Student's quantile t in place of the normal `z`. */
function expanded(z: number, units: number): number {
  return Math.sqrt(units / (units - 1)) * studentQuantile(z, units - 1);
}

/** Student's quantile where the normal one is `z`: exact for one and two degrees of freedom, else within 1 % (Cornish–Fisher). */
function studentQuantile(z: number, freedom: number): number {
  const p = 1 - normalTail(z);
  if (freedom === 1) return Math.tan(Math.PI * (p - 0.5));
  if (freedom === 2) return (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}

/** Probability that a standard normal value exceeds `z` ≥ 0, within 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z);
  const polynomial =
    t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}

/** The quantile, interpolated between the two nearest values. */
function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

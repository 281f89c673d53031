// Figures of several texts as one, each with the interval it lies in.
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';

export type Interval = { readonly value: number; readonly low: number; readonly high: number };

export const MEASURES = ['perplexity', 'klMean', 'klP99', 'top1'] as const;
export type Measure = (typeof MEASURES)[number];
/** What each is explained by. */
export const MEASURE_TERMS = { perplexity: 'perplexity', klMean: 'kl', klP99: 'klP99', top1: 'top1' } as const;

export type Figures = {
  readonly tokens: number;
  readonly perplexity: Interval;
  /** null: nothing to compare with, as for the full model. */
  readonly klMean: Interval | null;
  readonly klP99: Interval | null;
  readonly top1: Interval | null;
};

/** Standard errors to each side. */
const WIDTH = 2;

/**
 * As if the texts were one: every token counts the same.
 *
 * - Perplexity: exp of the mean of ln(perplexity), weighted by tokens.
 * - Mean KL divergence and same first choice: means, weighted by tokens.
 * - KL p99: the texts' own values, weighted by tokens. The percentile of all tokens together does not follow from
 *   theirs, but lies between the lowest and the highest of them: these are its interval.
 *
 * Other intervals are 2 standard errors to each side; those of the texts add up as of independent samples.
 *
 * @param rows of one variant, one for each text; at least one
 */
export function combine(rows: readonly Evaluation[]): Figures {
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  const weigh = (values: readonly (number | null)[], errors: readonly (number | null)[]): Weighed | null =>
    weighed(values, errors, rows.map((row) => row.tokens / tokens)); // prettier-ignore
  const nll = weigh(
    rows.map(({ perplexity }) => Math.log(perplexity)),
    rows.map(({ perplexity, perplexityError }) => perplexityError / perplexity),
  );
  const perplexity = Math.exp(nll?.mean ?? NaN);
  const klMean = weigh(rows.map((row) => row.klMean), rows.map((row) => row.klMeanError)); // prettier-ignore
  const top1 = weigh(rows.map((row) => row.top1), rows.map((row) => row.top1Error)); // prettier-ignore
  const p99 = rows.map(({ klP99 }) => klP99);
  const range = p99.filter((value) => value !== null);
  const meanP99 = weigh(p99, p99.map(() => 0)); // prettier-ignore
  return {
    tokens,
    perplexity: around(perplexity, perplexity * (nll?.error ?? NaN), 0, Infinity),
    klMean: klMean && around(klMean.mean, klMean.error, 0, Infinity),
    klP99: meanP99 && { value: meanP99.mean, low: Math.min(...range), high: Math.max(...range) },
    top1: top1 && around(top1.mean, top1.error, 0, 1),
  };
}

type Weighed = { readonly mean: number; readonly error: number };

/** @returns null where a text has no such figure */
function weighed(
  values: readonly (number | null)[],
  errors: readonly (number | null)[],
  weights: readonly number[],
): Weighed | null {
  let mean = 0;
  let variance = 0;
  for (const [index, weight] of weights.entries()) {
    const value = values[index] ?? null;
    if (value === null) return null;
    mean += weight * value;
    variance += (weight * (errors[index] ?? 0)) ** 2;
  }
  return { mean, error: Math.sqrt(variance) };
}

function around(value: number, error: number, least: number, most: number): Interval {
  return { value, low: Math.max(least, value - WIDTH * error), high: Math.min(most, value + WIDTH * error) };
}

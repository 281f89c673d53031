// Figures of several texts combined into one.
import { NORMAL_QUANTILE, type Interval } from './interval.ts';

/** The measures of a model on a text. */
export type TextMeasure = 'ratio' | 'perplexity' | 'klMean' | 'klP99' | 'top1';
/** What can be combined over several texts: also a difference of mean KL divergences, which may be below 0. */
type CombinedMeasure = TextMeasure | 'klDifference';

/** The figure of one text, and the number of tokens behind it. */
type TextFigure = { readonly interval: Interval | null; readonly tokens: number };

/** How a figure is averaged: directly or by its logarithm. `slope`: the derivative of `to` at the figure. */
type Scale = {
  readonly to: (value: number) => number;
  readonly from: (scaled: number) => number;
  readonly slope: (value: number) => number;
};
const LINEAR: Scale = { to: (x) => x, from: (x) => x, slope: () => 1 };
const LOGARITHMIC: Scale = { to: Math.log, from: Math.exp, slope: (x) => 1 / x };
/** Intervals are clipped to what the figure can be. */
const SCALES: Readonly<Record<CombinedMeasure, Scale>> = {
  ratio: LOGARITHMIC,
  perplexity: LOGARITHMIC,
  klMean: { ...LINEAR, from: (x) => Math.max(0, x) },
  klP99: { ...LINEAR, from: (x) => Math.max(0, x) },
  klDifference: LINEAR,
  top1: { ...LINEAR, from: (x) => Math.min(1, Math.max(0, x)) },
};

/**
 * Combines the figures of texts. A single text keeps its own figure, with the interval that was measured. Several are
 * treated as if they were one text, with every token counting the same:
 *
 * - Perplexity and its ratio to the full model's: exp of the mean of their logarithms, weighted by tokens.
 * - Mean KL divergence and top-1 agreement: means, weighted by tokens.
 * - KL p99: the texts' own values, weighted by tokens. The percentile of all tokens together does not follow from them,
 *   but lies between the lowest and the highest, which are the ends of the interval.
 *
 * The other intervals treat the texts as independent samples and combine their errors.
 *
 * @returns null if a text has no such figure, or there is no text
 */
export function combineTexts(measure: CombinedMeasure, texts: readonly TextFigure[]): Interval | null {
  const [only] = texts;
  if (only === undefined || texts.length === 1) return only?.interval ?? null;
  const { to, from, slope } = SCALES[measure];
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  const weighted = texts.flatMap(({ interval, tokens: own }) =>
    interval === null ? [] : [{ ...interval, weight: own / tokens }],
  );
  if (weighted.length < texts.length) return null;
  const mean = weighted.reduce((sum, { value, weight }) => sum + weight * to(value), 0);
  const value = from(mean);
  if (measure === 'klP99') {
    const values = weighted.map((text) => text.value);
    return { value, standardError: null, low: Math.min(...values), high: Math.max(...values) };
  }
  const errors = weighted.flatMap((text) =>
    text.standardError === null ? [] : text.weight * text.standardError * slope(text.value),
  );
  if (errors.length < texts.length) return { value, standardError: null, low: null, high: null };
  return intervalAround(measure, value, Math.hypot(...errors) / slope(value));
}

/** The 95 % interval of a figure with this standard error. */
export function intervalAround(measure: CombinedMeasure, value: number, standardError: number): Interval {
  const { to, from, slope } = SCALES[measure];
  const half = NORMAL_QUANTILE * standardError * slope(value);
  return { value, standardError, low: from(to(value) - half), high: from(to(value) + half) };
}

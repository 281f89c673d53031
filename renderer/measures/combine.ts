// Figures of several texts as one, each with the interval it lies in.
import type { Evaluation } from '../../electron/contract/api/evaluations.ts';
import type { Bounded } from '../../electron/contract/interval.ts';

/** Both ends are the value where no error is known. */
export type Interval = Omit<Bounded, 'standardError'>;

export const MEASURES = ['ratio', 'perplexity', 'klMean', 'klP99', 'top1'] as const;
export type Measure = (typeof MEASURES)[number];
/** What each is explained by. */
export const MEASURE_TERMS = {
  ratio: 'ratio',
  perplexity: 'perplexity',
  klMean: 'kl',
  klP99: 'klP99',
  top1: 'top1',
} as const;

export type Figures = {
  readonly tokens: number;
  /** What the intervals were taken over, and how many of it; null: one text has documents, another one chunks. */
  readonly units: { readonly unit: Evaluation['unit']; readonly count: number } | null;
  readonly perplexity: Interval;
  /** null: nothing to compare with, as for the full model. */
  readonly ratio: Interval | null;
  readonly klMean: Interval | null;
  readonly klP99: Interval | null;
  readonly top1: Interval | null;
};

/** Standard errors to each side that make an interval of 95 %. */
const WIDTH = 1.96;

/**
 * One text's figures are its own, with the intervals that were measured. Several are taken as if they were one text, every
 * token counting the same:
 *
 * - Perplexity and its ratio to the full model's: exp of the mean of their logarithms, weighted by tokens.
 * - Mean KL divergence and same first choice: means, weighted by tokens.
 * - KL p99: the texts' own values, weighted by tokens. The percentile of all tokens together does not follow from theirs.
 *
 * Their errors add up as of independent samples.
 *
 * @param rows of one variant, one for each text; at least one
 */
export function combine(rows: readonly Evaluation[]): Figures {
  const perplexity = combined(rows, 'perplexity');
  if (perplexity === null) throw new RangeError('there is no row to combine');
  return {
    tokens: tokensOf(rows),
    units: unitsOf(rows),
    perplexity,
    ratio: combined(rows, 'ratio'),
    klMean: combined(rows, 'klMean'),
    klP99: combined(rows, 'klP99'),
    top1: combined(rows, 'top1'),
  };
}

/** @returns null where a text has no such figure */
function combined(rows: readonly Evaluation[], measure: Measure): Interval | null {
  const isFactor = measure === 'perplexity' || measure === 'ratio';
  const tokens = tokensOf(rows);
  let mean = 0;
  let variance = 0;
  for (const row of rows) {
    const figure = row[measure];
    if (figure === null) return null;
    const { value } = figure;
    if (rows.length === 1) return { value, low: figure.low ?? value, high: figure.high ?? value };
    const error = figure.standardError ?? NaN;
    const weight = row.tokens / tokens;
    mean += weight * (isFactor ? Math.log(value) : value);
    variance += (weight * (isFactor ? error / value : error)) ** 2;
  }
  if (rows.length === 0) return null;
  const half = Number.isNaN(variance) ? 0 : WIDTH * Math.sqrt(variance);
  if (isFactor) return { value: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half) };
  return { value: mean, low: Math.max(0, mean - half), high: Math.min(measure === 'top1' ? 1 : Infinity, mean + half) };
}

function unitsOf(rows: readonly Evaluation[]): Figures['units'] {
  const [first] = rows;
  if (first === undefined || rows.some(({ unit }) => unit !== first.unit)) return null;
  return { unit: first.unit, count: rows.reduce((sum, { units }) => sum + units, 0) };
}

function tokensOf(rows: readonly Evaluation[]): number {
  return rows.reduce((sum, row) => sum + row.tokens, 0);
}

// Summarises many measurements: each method's figures inside its domains and outside them, and where one beats another.
import type { Interval } from '../../../contract/interval.ts';
import { mean } from '../../base/statistics/averages.ts';
import { studentQuantile } from '../../base/statistics/bootstrap.ts';
import { knowsNoDomain, type Method, type StudyChoice } from './methods.ts';

/** The row of one choice on one text. */
export type StudyRow = {
  readonly method: Method;
  readonly seed: number | null;
  readonly domain: string | null;
  readonly keep: number;
  readonly text: string;
  /** `any`: the choice knows no domain, so the text lies inside one domain and outside another. */
  readonly place: 'in' | 'out' | 'any';
  /** Perplexity over the full model's. */
  readonly ratio: Interval;
  /** Number of documents or chunks that the errors are computed over. */
  readonly units: number;
  readonly perplexity: number;
  readonly klMean: number;
  readonly klP99: number;
  readonly top1: number;
  /**
   * Paired ratio of the perplexity to that of the leading choice of the same domain, or of the text's domain if the choice knows none;
   * null: it is the leading choice, or was measured without pairs.
   */
  readonly overLeading: Interval | null;
};

/** Where a text lies in relation to a choice's domain. @param domains domains with demos */
export function placeOf(
  { method, domain }: Pick<StudyChoice, 'method' | 'domain'>,
  text: string,
  domains: readonly string[],
): StudyRow['place'] {
  const isIn = domain === null ? domains.includes(text) : domain === text;
  if (!isIn) return 'out';
  return knowsNoDomain(method) && domains.length > 1 ? 'any' : 'in';
}

export type Summary = {
  /** Number of pairs of a choice and a text. */
  readonly pairs: number;
  /**
   * Geometric mean of the perplexity ratios, with equal weights for all pairs. Its interval says how far the mean could
   * deviate with other texts of the same kind. The domains are taken as given. Errors of pairs that share a text are
   * assumed to be fully correlated, those of different texts to be independent.
   */
  readonly ratio: Interval;
  /** Arithmetic means of the pairs. */
  readonly klMean: number;
  readonly top1: number;
};

/** Summarises rows. @returns null: there are no rows */
export function summarise(rows: readonly StudyRow[]): Summary | null {
  if (rows.length === 0) return null;
  return {
    pairs: rows.length,
    ratio: meanRatio(rows),
    klMean: mean(rows.map(({ klMean }) => klMean)),
    top1: mean(rows.map(({ top1 }) => top1)),
  };
}

/** What the mean of ratios and its error are computed from. */
type RatioOnText = Pick<StudyRow, 'text' | 'ratio' | 'units'>;

/**
 * The ratio of a summary.
 * @param rows at least one; a single pair keeps the interval that was measured
 */
function meanRatio(rows: readonly RatioOnText[]): Interval {
  const logRatio = mean(rows.map(({ ratio }) => Math.log(ratio.value)));
  const value = Math.exp(logRatio);
  const [first] = rows;
  if (first && rows.length === 1) return { ...first.ratio, value };
  const error = errorOfMean(rows);
  if (error === null) return { value, standardError: null, low: null, high: null };
  const margin = error.quantile * error.logRatio;
  return {
    value,
    standardError: value * error.logRatio,
    low: Math.exp(logRatio - margin),
    high: Math.exp(logRatio + margin),
  };
}

/**
 * Standard error of the mean log ratio, and its multiple that is half the interval; null: an error is not known. Few units
 * make the interval wider: Student's quantile with the degrees of freedom of Welch and Satterthwaite.
 */
function errorOfMean(rows: readonly RatioOnText[]): { readonly logRatio: number; readonly quantile: number } | null {
  const texts: { readonly variance: number; readonly freedom: number }[] = [];
  for (const ofText of Map.groupBy(rows, ({ text }) => text).values()) {
    let error = 0;
    for (const { ratio } of ofText) {
      if (ratio.standardError === null) return null;
      error += ratio.standardError / ratio.value / rows.length;
    }
    texts.push({ variance: error ** 2, freedom: (ofText[0]?.units ?? 0) - 1 });
  }
  const whole = texts.reduce((sum, { variance }) => sum + variance, 0);
  if (whole === 0) return { logRatio: 0, quantile: 0 };
  const freedom = 1 / texts.reduce((sum, text) => sum + (text.variance / whole) ** 2 / text.freedom, 0);
  return { logRatio: Math.sqrt(whole), quantile: studentQuantile(Math.max(1, Math.floor(freedom))) };
}

/** The rows of a method at a count, inside their domains or outside; rows that know no domain count for both. */
export function rowsOf(rows: readonly StudyRow[], method: Method, keep: number, place: 'in' | 'out'): StudyRow[] {
  return rows.filter(
    (row) => row.method === method && row.keep === keep && (row.place === place || row.place === 'any'),
  );
}

// What many measurements come to: each method's figures in its domains and outside them, and where one beats another.
import type { Interval } from '../../../contract/interval.ts';
import { mean } from '../../base/statistics/averages.ts';
import { studentQuantile } from '../../base/statistics/bootstrap.ts';
import { knowsNoDomain, type Method, type StudyChoice } from './methods.ts';
import type { StudyVariant } from './variants.ts';

/** One choice on one text. */
export type StudyRow = {
  readonly method: Method;
  readonly seed: number | null;
  readonly domain: string | null;
  readonly keep: number;
  readonly text: string;
  /** `any`: the choice knows no domain, and the text is in one and outside another. */
  readonly place: 'in' | 'out' | 'any';
  /** Perplexity over the full model's. */
  readonly ratio: Interval;
  /** Documents or chunks that the errors are taken over. */
  readonly units: number;
  readonly perplexity: number;
  readonly klMean: number;
  readonly klP99: number;
  readonly top1: number;
  /**
   * Perplexity over that of the leading choice of the same domain, or of the text's where the choice knows none, paired; null:
   * it leads itself, or was measured without pairs.
   */
  readonly overLeading: Interval | null;
};

/** A choice on one text: as a preview, or as a file in another type, with as many active experts as the model says or fewer. */
export type VariantRow = StudyRow &
  Pick<StudyVariant, 'type' | 'activeExperts'> & {
    /** Size of the file, or the size that a preview's would have. */
    readonly bytes: number;
    /**
     * Perplexity over that of the largest file with all experts that is no larger, paired; null: it has all experts itself, or none
     * is so small.
     */
    readonly overWhole: Interval | null;
  };

/** @param domains that have demos */
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
  /** Pairs of a choice and a text. */
  readonly pairs: number;
  /**
   * Geometric mean of the perplexity ratios, each text with the same weight for each pair. Its interval: how far the mean
   * could lie elsewhere with other texts of the same kind. The domains are taken as given. Pairs that share a text are
   * taken to err together, texts on their own.
   */
  readonly ratio: Interval;
  /** Arithmetic means. */
  readonly klMean: number;
  readonly top1: number;
};

/** @returns null without rows */
export function summarise(rows: readonly StudyRow[]): Summary | null {
  if (rows.length === 0) return null;
  return {
    pairs: rows.length,
    ratio: meanRatio(rows),
    klMean: mean(rows.map(({ klMean }) => klMean)),
    top1: mean(rows.map(({ top1 }) => top1)),
  };
}

/** What the mean of ratios and its error are taken from. */
type RatioOnText = Pick<StudyRow, 'text' | 'ratio' | 'units'>;

/**
 * The ratio of a summary.
 * @param rows at least one; a single pair keeps the interval that was measured
 */
export function meanRatio(rows: readonly RatioOnText[]): Interval {
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
 * Standard error of the mean log ratio, and how many of it make half its interval; null where an error is not known. Few
 * units make it wider: Student's quantile with the degrees of freedom of Welch and Satterthwaite.
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

/** The rows of a method at a count, in their domains or outside; what knows no domain counts for both. */
export function rowsOf(rows: readonly StudyRow[], method: Method, keep: number, place: 'in' | 'out'): StudyRow[] {
  return rows.filter(
    (row) => row.method === method && row.keep === keep && (row.place === place || row.place === 'any'),
  );
}

/**
 * The paired ratios of the same rows as one.
 * @returns null where a row has none: there is no file with all experts to compare with
 */
function overWhole(rows: readonly VariantRow[]): Interval | null {
  const paired = rows.flatMap((row) => (row.overWhole === null ? [] : [{ ...row, ratio: row.overWhole }]));
  return rows.length > 0 && paired.length === rows.length ? meanRatio(paired) : null;
}

/** Rows of one variant: a method, a count, a type and active experts. */
type VariantGroup = Pick<VariantRow, 'method' | 'keep' | 'type' | 'activeExperts' | 'bytes'> & {
  /** Summaries of the texts of the domains that chose, and of the others; null: there is none. */
  readonly inside: Summary | null;
  readonly outside: Summary | null;
  /** In the domains, over the largest file with all experts that is no larger; null: there is none. */
  readonly overWhole: Interval | null;
};

/** What each variant costs, the largest files first. */
export function variantGroups(variants: readonly VariantRow[]): VariantGroup[] {
  const key = ({ method, keep, type, activeExperts }: VariantRow): string =>
    JSON.stringify([method, keep, type, activeExperts]);
  return [...Map.groupBy(variants, key).values()]
    .map((rows): VariantGroup => {
      const { method, keep, type, activeExperts, bytes } = rows[0]!; // groups are not empty
      const [inside, outside] = [
        rows.filter(({ place }) => place === 'in'),
        rows.filter(({ place }) => place === 'out'),
      ];
      return {
        method,
        keep,
        type,
        activeExperts,
        bytes,
        inside: summarise(inside),
        outside: summarise(outside),
        overWhole: overWhole(inside),
      };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

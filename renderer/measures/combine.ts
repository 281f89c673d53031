// Figures of several texts combined into one, each with its interval.
import type { Evaluation } from '../../electron/contract/api/evaluations.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import { combineTexts, type TextMeasure } from '../../electron/contract/several-texts.ts';

/** The term that explains each measure. */
export const MEASURE_TERMS = {
  ratio: 'ratio',
  perplexity: 'perplexity',
  klMean: 'kl',
  klP99: 'klP99',
  top1: 'top1',
} as const satisfies Record<TextMeasure, string>;

export type Figures = {
  readonly tokens: number;
  /** The units of the intervals, and how many there are; null: one text has documents, another one chunks. */
  readonly units: { readonly unit: Evaluation['unit']; readonly count: number } | null;
  readonly perplexity: Interval;
  /** null: there is nothing to compare with, as for the full model. */
  readonly ratio: Interval | null;
  readonly klMean: Interval | null;
  readonly klP99: Interval | null;
  readonly top1: Interval | null;
};

/**
 * Combines the figures of one variant over several texts.
 * @param rows one per text; at least one
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

function combined(rows: readonly Evaluation[], measure: TextMeasure): Interval | null {
  return combineTexts(
    measure,
    rows.map((row) => ({ interval: row[measure], tokens: row.tokens })),
  );
}

function unitsOf(rows: readonly Evaluation[]): Figures['units'] {
  const [first] = rows;
  if (first === undefined || rows.some(({ unit }) => unit !== first.unit)) return null;
  return { unit: first.unit, count: rows.reduce((sum, { units }) => sum + units, 0) };
}

function tokensOf(rows: readonly Evaluation[]): number {
  return rows.reduce((sum, row) => sum + row.tokens, 0);
}

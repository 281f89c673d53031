// How much of the texts a search reads with each file, and what was measured of a file on several texts.
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, type TextMeasure } from '../../../contract/several-texts.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { StageSums } from './judge.ts';

/** Maximum chunks of each text of the domain per stage: the first ones, so that each stage includes the stages before it. */
export const STAGE_CHUNKS: readonly number[] = [32, 128, 512];
export const LAST_STAGE = STAGE_CHUNKS.length - 1;
/** Approximate number of measurements of close files at further stages. */
export const COMPARED = 3;
/** Chunks of each text of another domain: such texts show what is lost, but decide little. */
export const OUTSIDE_CHUNKS = 16;
/** Chunks of each text of the domain for measuring a class of tensors in a type, or a count of experts, alone. */
export const LOSS_CHUNKS = 10;

/** The sums of each text. @param texts measurements with their sums @throws RangeError: figures were stored without sums */
export function sumsOf(texts: readonly Figures[]): StageSums {
  return texts.map(({ sums }) => {
    if (!sums) throw new RangeError('files are compared in pairs');
    return sums;
  });
}

/** A figure over all texts; null: there is no text, or one lacks this figure. */
export function combined(measure: TextMeasure, texts: readonly Figures[]): PublishedInterval | null {
  const figure = combineTexts(
    measure,
    texts.map(({ figures }) => ({ interval: figures[measure], tokens: figures.tokens })),
  );
  return figure && published(figure);
}

/** An interval without its standard error, which is not published. */
export function published({ value, low, high }: Interval): PublishedInterval {
  return { value, low, high };
}

/** Number of scored tokens. */
export function tokensOf(texts: readonly Figures[]): number {
  return texts.reduce((sum, { figures }) => sum + figures.tokens, 0);
}

// Combines what was measured of a file on several texts.
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, type TextMeasure } from '../../../contract/several-texts.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { StageSums } from './judge.ts';

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

/** Number of tokens that were read, scored or not. */
export function readTokens(texts: readonly Figures[]): number {
  return texts.reduce((sum, { figures }) => sum + figures.chunks * figures.ctx, 0);
}

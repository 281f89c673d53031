// What was measured of a file on the texts of one side, as one.
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, type TextMeasure } from '../../../contract/several-texts.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { StageSums } from './judge.ts';

/** @param texts of each text, what was measured with its sums @throws RangeError of figures that were stored without */
export function sumsOf(texts: readonly Figures[]): StageSums {
  return texts.map(({ sums }) => {
    if (!sums) throw new RangeError('files are compared in pairs');
    return sums;
  });
}

/** null: there is no text, or one has no such figure. */
export function combined(measure: TextMeasure, texts: readonly Figures[]): PublishedInterval | null {
  const figure = combineTexts(
    measure,
    texts.map(({ figures }) => ({ interval: figures[measure], tokens: figures.tokens })),
  );
  return figure && published(figure);
}

/** Without what nobody is told: the standard error. */
export function published({ value, low, high }: Interval): PublishedInterval {
  return { value, low, high };
}

/** Scored ones. */
export function tokensOf(texts: readonly Figures[]): number {
  return texts.reduce((sum, { figures }) => sum + figures.tokens, 0);
}

/** Of the texts as far as they were read, scored or not. */
export function readTokens(texts: readonly Figures[]): number {
  return texts.reduce((sum, { figures }) => sum + figures.chunks * figures.ctx, 0);
}

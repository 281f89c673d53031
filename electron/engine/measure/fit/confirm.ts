// Measures the file that a search found, and the best one of the other kind, on text that the search has not seen: the figures that are
// reported of them come from here.
import { EQUAL_BELOW, isDecided, type FitConfirmed, type FitResult } from '../../../contract/fit.ts';
import type { Interval } from '../../../contract/interval.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { Measuring, Subject } from '../evaluation/measuring.ts';
import { perplexityOver } from './judge.ts';
import { combined, published, readTokens, sumsOf, tokensOf } from './stage-figures.ts';
import { OUTSIDE_CHUNKS } from './stages.ts';
import type { FitTexts, HalfText } from './texts.ts';

/** A file, by its index, with its measurements on the confirming texts. */
export type ConfirmedFile = {
  readonly file: number;
  readonly inside: readonly Figures[];
  readonly outside: readonly Figures[];
};

/** Measures a file on the confirming texts. @throws WinnowError as `Measuring.one` */
export async function measuredToConfirm(
  file: number,
  subject: Subject,
  texts: FitTexts['confirm'],
  chunks: number,
  measuring: Measuring<Subject, HalfText>,
): Promise<ConfirmedFile> {
  const figuresOn = async (some: readonly HalfText[], most: number): Promise<readonly Figures[]> => {
    const figures: Figures[] = [];
    for (const text of some) figures.push(await measuring.one(subject, text, most));
    return figures;
  };
  const inside = await figuresOn(texts.inside, chunks);
  return { file, inside, outside: await figuresOn(texts.outside, OUTSIDE_CHUNKS) };
}

type Confirmation = Pick<FitResult, 'best' | 'contradicts' | 'over' | 'moreTokens' | 'perplexity' | 'tokens'> & {
  /** Indexed by the files' indexes. */
  readonly confirmed: ReadonlyMap<number, FitConfirmed>;
};

/**
 * The search's winner is the best file, unless the whole interval says that its rival is better. Nothing else is decided here.
 * @param rival the best file of the other kind: with all experts if the winner has fewer, and the reverse; null: none was measured
 */
export function confirmation(winner: ConfirmedFile, rival: ConfirmedFile | null): Confirmation {
  const contradicts = rival !== null && (insideOver(rival, winner).high ?? Infinity) < 1;
  const [best, other] = contradicts ? [rival, winner] : [winner, rival];
  const inside = other && insideOver(other, best);
  const outside =
    other && other.outside.length > 0 && best.outside.length > 0
      ? perplexityOver(sumsOf(other.outside), sumsOf(best.outside))
      : null;
  const files = other ? [best, other] : [best];
  return {
    best: best.file,
    contradicts,
    over: other && inside && { file: other.file, inside: published(inside), outside: outside && published(outside) },
    moreTokens: inside && moreTokens(inside, readTokens(best.inside)),
    perplexity: combined('perplexity', best.inside)?.value ?? NaN,
    tokens: tokensOf(best.inside),
    confirmed: new Map(files.map((file) => [file.file, figuresOf(file)])),
  };
}

function insideOver(file: ConfirmedFile, other: ConfirmedFile): Interval {
  return perplexityOver(sumsOf(file.inside), sumsOf(other.inside));
}

function figuresOf({ inside, outside }: ConfirmedFile): FitConfirmed {
  return {
    inside: combined('ratio', inside),
    outside: combined('ratio', outside),
    klMean: combined('klMean', inside),
    top1: combined('top1', inside),
  };
}

/**
 * Estimates how much more text of the domain would decide between two files: the interval narrows with the square root of the tokens,
 * until it excludes 1 or lies within what counts as equal. The text has two halves.
 * @param over perplexity of one file over the other's
 * @param tokens number of tokens of the half that was read
 * @returns tokens, rounded up to two digits; null: it is decided, or there is only one unit, which says nothing about others
 */
export function moreTokens(over: Interval, tokens: number): number | null {
  const { value, low, high } = over;
  if (low === null || high === null || isDecided(over)) return null;
  const half = (Math.log(high) - Math.log(low)) / 2;
  const away = Math.abs(Math.log(value));
  // at this width one or the other is shown
  const decisive = Math.max(away, Math.log(EQUAL_BELOW) - away);
  const more = 2 * tokens * ((half / decisive) ** 2 - 1);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, more))) - 1);
  return Math.max(unit, Math.ceil(more / unit) * unit);
}

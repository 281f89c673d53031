// Measures the file that a search found, and the best one of the other kind, on text that the search has not seen: the figures that are
// reported of them come from here.
import type { FitConfirmed, FitResult } from '../../../contract/fit.ts';
import type { Interval } from '../../../contract/interval.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { Subject } from '../evaluation/measuring.ts';
import {
  perplexityOver,
  combined,
  LAST_STAGE,
  OUTSIDE_CHUNKS,
  published,
  STAGE_CHUNKS,
  sumsOf,
  tokensOf,
} from './judge.ts';
import type { Running, Search } from './search.ts';
import type { SearchContext } from './plan-fit.ts';
import type { HalfText } from './texts.ts';

/** A file, by its index, with its measurements on the confirming texts. */
type ConfirmedFile = {
  readonly file: number;
  readonly inside: readonly Figures[];
  readonly outside: readonly Figures[];
};

type Confirmation = Pick<FitResult, 'best' | 'contradicts' | 'over' | 'perplexity' | 'tokens'> & {
  /** Indexed by the files' indexes. */
  readonly confirmed: ReadonlyMap<number, FitConfirmed>;
};

/** Proves the files that were found; little is read if the time is up. @throws WinnowError from making and measuring */
export async function prove(
  { winner, rival }: ReturnType<Search['found']>,
  running: readonly Running[],
  { planned, measuring, progress }: SearchContext,
  isLate: boolean,
): Promise<Confirmation> {
  const toProve = [winner, ...(rival === null ? [] : [rival])];
  const { confirm } = planned.texts;
  const figuresOn = async (subject: Subject, some: readonly HalfText[], most: number): Promise<readonly Figures[]> => {
    const figures: Figures[] = [];
    for (const text of some) figures.push(await measuring.one(subject, text, most));
    return figures;
  };
  progress.begin('proving', toProve.length);
  const proved: ConfirmedFile[] = [];
  for (const file of toProve) {
    const { subject } = running[file]!;
    const inside = await figuresOn(subject, confirm.inside, STAGE_CHUNKS[isLate ? 0 : LAST_STAGE]!);
    proved.push({ file, inside, outside: await figuresOn(subject, confirm.outside, OUTSIDE_CHUNKS) });
    progress.count(proved.length);
  }
  const [first, second = null] = proved;
  return confirmation(first!, second);
}

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

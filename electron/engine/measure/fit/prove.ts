// Measures the file that a search found, and the best one of the other kind, on text that the search has not seen: the figures that are
// reported of them come from here.
import { isClearlyNearer, type FitConfirmed, type FitResult } from '../../../contract/fit.ts';
import type { Interval } from '../../../contract/interval.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { Subject } from '../evaluation/measuring.ts';
import {
  combined,
  divergenceOver,
  figuresBeside,
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
  /** Whether a file is not measurably worse than the best one: once the search is overruled, its contenders are not known to be. */
  readonly contends: (file: number, searched: boolean) => boolean;
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
 * The search's winner is the best file, unless its rival is measurably nearer to the source model, or is not measurably farther and
 * clearly nearer on other text.
 * @param rival the best file of the other kind: with all experts if the winner has fewer, and the reverse; null: none was measured
 */
export function confirmation(winner: ConfirmedFile, rival: ConfirmedFile | null): Confirmation {
  const onWork = rival && farther(rival, winner, 'inside');
  const elsewhere = rival && farther(rival, winner, 'outside');
  const isNearer = (onWork?.high ?? Infinity) < 0;
  const isTied = onWork !== null && (onWork.low ?? 0) <= 0;
  const contradicts = isNearer || (isTied && isClearlyNearer(elsewhere));
  const [best, other] = contradicts && rival ? [rival, winner] : [winner, rival];
  const inside = other && farther(other, best, 'inside');
  const outside = other && farther(other, best, 'outside');
  const files = other ? [best, other] : [best];
  return {
    best: best.file,
    contradicts,
    over: other && inside && { file: other.file, inside: published(inside), outside: outside && published(outside) },
    perplexity: combined('perplexity', best.inside)?.value ?? NaN,
    tokens: tokensOf(best.inside),
    confirmed: new Map(files.map((file) => [file.file, figuresBeside(file.inside, file.outside)])),
    contends: (file, isContender) => file === best.file || (isContender && !contradicts),
  };
}

/** How much farther from the source model a file is than another, in nats; null: they were not measured there. */
function farther(file: ConfirmedFile, other: ConfirmedFile, side: 'inside' | 'outside'): Interval | null {
  const [own, others] = [file[side], other[side]];
  return own.length > 0 && others.length > 0 ? divergenceOver(sumsOf(own), sumsOf(others)) : null;
}

// What the compared criteria come to, in one sentence: which loses least where the selection was chosen, and what chance does.
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import type { Interval } from '../../../../electron/contract/interval.ts';
import type { Side } from '../texts/comparison.ts';
import type { Matrix } from './matrix.ts';

/** Perplexity over the full model's; null: not measured on all texts. Of old measurements only the value is known. */
export function ratioOf({ full, variants }: Side, key: string): Interval | null {
  const figures = variants.get(key)?.figures;
  if (!full || !figures) return null;
  if (figures.ratio !== null) return figures.ratio;
  const value = figures.perplexity.value / full.perplexity.value;
  return { value, standardError: null, low: null, high: null };
}

export type Finding = {
  readonly best: Criterion;
  readonly ratio: Interval;
  /** The others that cannot be told apart from it: their interval overlaps its own, or one of the two is not known. */
  readonly near: readonly Criterion[];
  /** By chance; null: not measured. */
  readonly random: Interval | null;
};

/** What was found at the selection's own count and mix. @returns null until two criteria are measured */
export function findingOf({ lines, mixes }: Matrix, side: Side): Finding | null {
  const measured = lines
    .filter(({ mix }) => mix === mixes[0])
    .flatMap(({ criterion, cells }) => {
      const own = cells.find(({ column }) => column.isOwn);
      const ratio = own === undefined ? null : ratioOf(side, own.key);
      return ratio === null ? [] : [{ criterion, ratio }];
    })
    .toSorted((a, b) => a.ratio.value - b.ratio.value);
  const [best, ...others] = measured;
  if (best === undefined || others.length === 0) return null;
  return {
    best: best.criterion,
    ratio: best.ratio,
    near: others.filter(({ ratio }) => !isAbove(ratio, best.ratio)).map(({ criterion }) => criterion),
    random: measured.find(({ criterion }) => criterion === 'random')?.ratio ?? null,
  };
}

/** Beyond chance: their intervals are apart. */
function isAbove(ratio: Interval, best: Interval): boolean {
  return ratio.low !== null && best.high !== null && ratio.low > best.high;
}

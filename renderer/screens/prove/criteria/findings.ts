// The result of comparing criteria in one sentence: which loses least in the selection's situation, and how a random choice does.
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import type { Interval } from '../../../../electron/contract/interval.ts';
import type { Side } from '../texts/comparison.ts';
import type { Matrix } from './matrix.ts';

/** Ratio of the perplexity to the full model's; null: not measured on all texts. Old measurements have only the value. */
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
  /** The others that cannot be told apart from it: the intervals overlap, or one of them is not known. */
  readonly near: readonly Criterion[];
  /** The figure of a random choice; null: not measured. */
  readonly random: Interval | null;
};

/** Returns the finding at the selection's own count and mix. @returns null until two criteria are measured */
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

/** Whether the difference is beyond chance: the intervals do not overlap. */
function isAbove(ratio: Interval, best: Interval): boolean {
  return ratio.low !== null && best.high !== null && ratio.low > best.high;
}

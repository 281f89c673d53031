// What the compared criteria come to, in one sentence: which loses least where the selection was chosen, and what chance does.
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import type { Interval } from '../../../measures/combine.ts';
import type { Side } from '../texts/comparison.ts';
import type { Matrix } from './matrix.ts';

/** Perplexity over the full model's; null: not measured on all texts. Of old measurements only the value is known. */
export function ratioOf({ full, variants }: Side, key: string): Interval | null {
  const figures = variants.get(key)?.figures;
  if (!full || !figures) return null;
  if (figures.ratio !== null) return figures.ratio;
  const value = figures.perplexity.value / full.perplexity.value;
  return { value, low: value, high: value };
}

export type Finding = {
  readonly best: Criterion;
  readonly ratio: Interval;
  /** The others whose interval overlaps the best one's. */
  readonly near: readonly Criterion[];
  /** By chance; null: not measured. */
  readonly random: Interval | null;
};

/** Of the selection's own count and mix. @returns null until two criteria are measured */
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
    near: others.filter(({ ratio }) => ratio.low <= best.ratio.high).map(({ criterion }) => criterion),
    random: measured.find(({ criterion }) => criterion === 'random')?.ratio ?? null,
  };
}

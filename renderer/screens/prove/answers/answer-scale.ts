// The scales of the pictures: one per check, for both sides.
import type { GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import { linearScale, measureScale, type MeasureScale } from '../proof/measure-scale.ts';

/** The smallest upper end of a scale, so that a rare fault is not drawn as large as a frequent one. */
const LEAST_TOP = 0.2;

/** Smallest distance between numbers on the axis, in percent of its width: there is little room. */
const LEAST_GAP = 35;
/** The smallest range of a scale of lengths, so that lengths that hardly differ are drawn close to each other. */
const NEAR = { value: 1, standardError: null, low: 0.8, high: 1.25 };

/** Returns the scale of a check. @param rates everything that is drawn, including the full model's */
export function rateScale(check: GenerationCheck, rates: readonly Bounded[]): MeasureScale {
  if (check === 'answer') return thinned(linearScale(0, 1));
  return thinned(linearScale(0, Math.max(LEAST_TOP, ...rates.map(({ high }) => high))));
}

/** Returns the scale of lengths around 1, the full model's own length. */
export function lengthScale(ratios: readonly Bounded[]): MeasureScale {
  return thinned(measureScale('ratio', [NEAR, ...ratios]));
}

function thinned(scale: MeasureScale): MeasureScale {
  const ticks: number[] = [];
  for (const tick of scale.ticks) {
    const before = ticks.at(-1);
    if (before === undefined || scale.place(tick) - scale.place(before) >= LEAST_GAP) ticks.push(tick);
  }
  return { ...scale, ticks };
}

// The scales of the pictures: one a check, for both sides.
import type { GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import { linearScale, measureScale, type MeasureScale } from '../proof/measure-scale.ts';

/** So that a fault that hardly occurs is not drawn as large as one that often does. */
const LEAST_TOP = 0.2;

/** Between numbers on the axis, in percent of its width: there is little room. */
const LEAST_GAP = 35;
/** Lengths that hardly differ are not drawn apart. */
const NEAR = { value: 1, standardError: null, low: 0.8, high: 1.25 };

/** @param rates everything that is drawn, the full model's too */
export function rateScale(check: GenerationCheck, rates: readonly Bounded[]): MeasureScale {
  if (check === 'answer') return thinned(linearScale(0, 1));
  return thinned(linearScale(0, Math.max(LEAST_TOP, ...rates.map(({ high }) => high))));
}

/** Around 1, the full model's own length. */
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

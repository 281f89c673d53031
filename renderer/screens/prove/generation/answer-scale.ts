// The scales of the pictures: one a check, for both sides.
import type { GenerationCheck } from '../../../../electron/contract/api/generations.ts';
import type { Interval } from '../../../measures/combine.ts';
import { linearScale, type MeasureScale } from '../measure-scale.ts';

/** So that a fault that hardly occurs is not drawn as large as one that often does. */
const LEAST_TOP = 0.2;

/** @param rates everything that is drawn, the full model's too */
export function rateScale(check: GenerationCheck, rates: readonly Interval[]): MeasureScale {
  if (check === 'answer') return linearScale(0, 1);
  return linearScale(0, Math.max(LEAST_TOP, ...rates.map(({ high }) => high)));
}

/** Around 1, the full model's own length. */
export function lengthScale(ratios: readonly Interval[]): MeasureScale {
  const ends = ratios.flatMap(({ low, high }) => [low, high]);
  return linearScale(Math.min(0.5, ...ends), Math.max(1.5, ...ends));
}

// The scales of the picture that compares choices: size of the file on the horizontal axis, damage on the vertical one.
import { scaleLinear, scaleLog } from 'd3-scale';
import type { JudgedChoice } from '../../electron/contract/api/evaluations.ts';
import { SEVERE_LOSS, type VerdictSide } from '../../electron/contract/verdict.ts';
import { logTicks } from '../measures/log-ticks.ts';

export type ChoicesScale = {
  readonly x: (bytes: number) => number;
  /** The height of a ratio in the picture. */
  readonly y: (ratio: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
};

type Area = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

/** The steps of ticks within a decade of ratios, the finest first. */
const STEPS = [[1, 1.1, 1.2, 1.5, 2, 3, 5, 7], [1, 1.5, 2, 3, 5], [1, 2, 5], [1]] as const;
const MOST_Y_TICKS = 7;
/** Distance between two sizes, in CSS pixels. */
const X_TICK_WIDTH = 90;

/** Returns the scales. @param choices of one model, at least one */
export function choicesScale(choices: readonly JudgedChoice[], area: Area): ChoicesScale {
  const sides = choices.flatMap(({ verdict: { inside, outside, unknown } }) => [inside, outside, unknown]);
  const ratios = sides.filter((side): side is VerdictSide => side !== null).map(({ ratio }) => ratio);
  const low = Math.min(1, ...ratios.map((ratio) => ratio.low ?? ratio.value)) * 0.97;
  // the line to severe damage is always visible
  const high = Math.max(SEVERE_LOSS, ...ratios.map((ratio) => ratio.high ?? ratio.value)) * 1.06;
  const y = scaleLog([low, high], [area.bottom, area.top]);
  const full = Math.max(...choices.map(({ verdict }) => verdict.bytes.full));
  const least = Math.min(...choices.map(({ verdict }) => verdict.bytes.pruned));
  const room = (full - least) * 0.08 || full * 0.05;
  const x = scaleLinear([Math.max(0, least - room), full + room], [area.left, area.right]);
  return {
    x: (bytes) => x(bytes),
    y: (ratio) => y(ratio),
    xTicks: x.ticks(Math.max(2, Math.floor((area.right - area.left) / X_TICK_WIDTH))),
    yTicks: logTicks(low, high, STEPS, MOST_Y_TICKS) ?? [1],
  };
}

// One scale a measure, for both sides. Places are percent of the picture's width.
import { scaleLinear, scaleLog } from 'd3-scale';
import type { Interval, Measure } from '../../measures/combine.ts';

export type MeasureScale = {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
  readonly isLog: boolean;
};

/** Room for a dot at each end. */
const PLACES = [2, 98] as const;
const TICKS = 4;
/** From this ratio of the largest to the smallest value on, a linear scale would crowd all but the worst. */
const LOG_FROM = 4;

/** @param intervals everything that is drawn, the full model's too */
export function measureScale(measure: Measure, intervals: readonly Interval[]): MeasureScale {
  const low = Math.min(...intervals.map((interval) => interval.low));
  const high = Math.max(...intervals.map((interval) => interval.high));
  if (intervals.length === 0 || !Number.isFinite(low) || !Number.isFinite(high)) return linearScale(0, 1);
  if (measure === 'top1') return linearScale(Math.min(low, 0.9), 1);
  if (measure !== 'perplexity' && measure !== 'ratio') return linearScale(0, high > 0 ? high : 1);
  return low > 0 && high / low >= LOG_FROM ? logarithmic(low, high) : linearScale(low, high > low ? high : low + 1);
}

/** With room for what stands at its ends. */
export function linearScale(low: number, high: number): MeasureScale {
  const scale = scaleLinear([low, high], PLACES).nice(TICKS);
  return { place: (value) => scale(value), ticks: scale.ticks(TICKS), isLog: false };
}

function logarithmic(low: number, high: number): MeasureScale {
  const scale = scaleLog([low, high], PLACES);
  const inside = (steps: readonly number[]): number[] => {
    const first = Math.floor(Math.log10(low));
    const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
    return powers.flatMap((power) => steps.map((step) => step * power)).filter((tick) => tick >= low && tick <= high);
  };
  // the finest that leaves room for the numbers
  const ticks = [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1]].map(inside).find(({ length }) => length <= TICKS + 2) ?? [];
  return {
    place: (value) => scale(Math.max(value, low)),
    ticks,
    isLog: true,
  };
}

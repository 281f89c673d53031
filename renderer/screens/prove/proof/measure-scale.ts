// One scale per measure, for both sides. Positions are in percent of the picture's width.
import { scaleLinear, scaleLog } from 'd3-scale';
import type { Interval } from '../../../../electron/contract/interval.ts';
import type { TextMeasure } from '../../../../electron/contract/several-texts.ts';
import { logTicks } from '../../../measures/log-ticks.ts';

export type MeasureScale = {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
  readonly isLog: boolean;
};

/** The ends leave room for a dot. */
const PLACES = [2, 98] as const;
const TICKS = 4;
/** From this ratio of the largest to the smallest value on, a linear scale would squeeze all but the worst. */
const LOG_FROM = 4;
/** The steps of ticks within a decade, the finest first. */
const LOG_STEPS = [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1]];

/** Returns the scale of a measure. @param intervals everything that is drawn, including the full model's */
export function measureScale(measure: TextMeasure, intervals: readonly Interval[]): MeasureScale {
  const low = Math.min(...intervals.map((interval) => interval.low ?? interval.value));
  const high = Math.max(...intervals.map((interval) => interval.high ?? interval.value));
  if (intervals.length === 0 || !Number.isFinite(low) || !Number.isFinite(high)) return linearScale(0, 1);
  if (measure === 'top1') return linearScale(Math.min(low, 0.9), 1);
  if (measure !== 'perplexity' && measure !== 'ratio') return linearScale(0, high > 0 ? high : 1);
  return low > 0 && high / low >= LOG_FROM ? logarithmic(low, high) : linearScale(low, high > low ? high : low + 1);
}

/** Returns a scale with room for dots at its ends. */
export function linearScale(low: number, high: number): MeasureScale {
  const scale = scaleLinear([low, high], PLACES).nice(TICKS);
  return { place: (value) => scale(value), ticks: scale.ticks(TICKS), isLog: false };
}

function logarithmic(low: number, high: number): MeasureScale {
  const scale = scaleLog([low, high], PLACES);
  return {
    place: (value) => scale(Math.max(value, low)),
    ticks: logTicks(low, high, LOG_STEPS, TICKS + 2) ?? [],
    isLog: true,
  };
}

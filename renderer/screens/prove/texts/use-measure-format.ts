// Figures for people, with as many digits as are meaningful.
import { useFormat } from '../../../kit/use-format.ts';
import type { Interval } from '../../../../electron/contract/interval.ts';
import type { TextMeasure } from '../../../../electron/contract/several-texts.ts';

export type MeasureFormat = {
  /** An interval: "4.20–4.45"; null: it is not known. */
  readonly range: (measure: TextMeasure, interval: Interval) => string | null;
  /** A value with its interval: "4.31 (4.20–4.45)". */
  readonly interval: (measure: TextMeasure, interval: Interval) => string;
  /** A value: "4.31". */
  readonly value: (measure: TextMeasure, value: number) => string;
  /** A value for axes. */
  readonly tick: (measure: TextMeasure, value: number) => string;
};

export function useMeasureFormat(): MeasureFormat {
  const format = useFormat();
  const decimal = (measure: TextMeasure, value: number, size: number): string => {
    if (measure === 'top1') return format.percent(value);
    const digits =
      measure === 'perplexity' || measure === 'ratio' ? (size < 100 ? 2 : size < 1000 ? 1 : 0) : size < 10 ? 3 : 1;
    return format.decimal(value, digits);
  };
  const value = (measure: TextMeasure, x: number): string =>
    `${measure === 'ratio' ? '×' : ''}${decimal(measure, x, x)}`;
  const range = (measure: TextMeasure, { value: size, low, high }: Interval): string | null =>
    low === null || high === null || low === high
      ? null
      : `${decimal(measure, low, size)}–${decimal(measure, high, size)}`;
  return {
    value,
    range,
    interval: (measure, interval) => {
      const ends = range(measure, interval);
      return ends === null ? value(measure, interval.value) : `${value(measure, interval.value)} (${ends})`;
    },
    tick: (measure, value) => (measure === 'top1' ? format.percentWhole(value) : format.score(value)),
  };
}

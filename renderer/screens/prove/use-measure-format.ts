// Figures as a person reads them: as many digits as mean something.
import { useFormat } from '../../kit/use-format.ts';
import type { Interval, Measure } from './combine.ts';

export type MeasureFormat = {
  /** "4.31 ± 0.12" */
  readonly interval: (measure: Measure, interval: Interval) => string;
  /** "4.31" */
  readonly value: (measure: Measure, value: number) => string;
  /** For axes. */
  readonly tick: (measure: Measure, value: number) => string;
};

export function useMeasureFormat(): MeasureFormat {
  const format = useFormat();
  const decimal = (measure: Measure, value: number, size: number): string => {
    if (measure === 'top1') return format.percent(value);
    const digits = measure === 'perplexity' ? (size < 100 ? 2 : size < 1000 ? 1 : 0) : size < 10 ? 3 : 1;
    return format.decimal(value, digits);
  };
  return {
    value: (measure, value) => decimal(measure, value, value),
    interval: (measure, { value, low, high }) => {
      const half = Math.max(value - low, high - value);
      // the percentile's range is not an error
      if (measure === 'klP99' || half === 0) return decimal(measure, value, value);
      return `${decimal(measure, value, value)} ± ${decimal(measure, half, value)}`;
    },
    tick: (measure, value) => (measure === 'top1' ? format.percentWhole(value) : format.score(value)),
  };
}

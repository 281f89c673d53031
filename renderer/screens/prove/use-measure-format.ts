// Figures as a person reads them: as many digits as mean something.
import { useFormat } from '../../kit/use-format.ts';
import type { Interval, Measure } from '../../measures/combine.ts';

export type MeasureFormat = {
  /** "4.31 (4.20–4.45)" */
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
    const digits =
      measure === 'perplexity' || measure === 'ratio' ? (size < 100 ? 2 : size < 1000 ? 1 : 0) : size < 10 ? 3 : 1;
    return format.decimal(value, digits);
  };
  const times = (measure: Measure): string => (measure === 'ratio' ? '×' : '');
  return {
    value: (measure, value) => `${times(measure)}${decimal(measure, value, value)}`,
    interval: (measure, { value, low, high }) => {
      const shown = `${times(measure)}${decimal(measure, value, value)}`;
      return low === high ? shown : `${shown} (${decimal(measure, low, value)}–${decimal(measure, high, value)})`;
    },
    tick: (measure, value) => (measure === 'top1' ? format.percentWhole(value) : format.score(value)),
  };
}

// Formats the ratio of a perplexity to the full model's: "×1.084", "1.052–1.113".
import { useFormat } from '../kit/use-format.ts';
import type { Interval } from '../../electron/contract/interval.ts';

type RatioFormat = {
  /** A ratio: "×1.084". */
  readonly value: (ratio: number) => string;
  /** The interval of a ratio: "1.05–1.11"; null: the interval is not known. */
  readonly range: (interval: Interval) => string | null;
  /** A ratio with its interval: "×1.084 (1.052–1.113)". */
  readonly interval: (interval: Interval) => string;
};

export function useRatioFormat(): RatioFormat {
  const format = useFormat();
  const number = (ratio: number): string => format.decimal(ratio, ratio < 9.9995 ? 3 : 1);
  const value = (ratio: number): string => `×${number(ratio)}`;
  const range = ({ low, high }: Interval): string | null =>
    low === null || high === null || low === high ? null : `${number(low)}–${number(high)}`;
  return {
    value,
    range,
    interval: (interval) => {
      const ends = range(interval);
      return ends === null ? value(interval.value) : `${value(interval.value)} (${ends})`;
    },
  };
}

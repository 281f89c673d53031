// Figures of answers for people: with no more digits than the number of answers justifies.
import { useTranslation } from 'react-i18next';
import type { GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { useFormat } from '../../../kit/use-format.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import { isGreedy } from './checked-sets.ts';
import type { Rate } from './pooled.ts';

/** From this number of answers on, small shares differ by tenths of a percent. */
const TENTHS_FROM = 200;
const SMALL_SHARE = 0.0995;

type RateFormat = {
  /** A share: "15%". */
  readonly share: (share: number, judged: number) => string;
  /** An interval of a share: "5–36%". */
  readonly range: (rate: Rate) => string;
  /** A ratio: "×0.93". */
  readonly ratio: (ratio: number) => string;
  /** An interval of a ratio: "0.81–1.02". */
  readonly ratioRange: (interval: Bounded) => string;
};

export function useRateFormat(): RateFormat {
  const format = useFormat();
  const share = (value: number, judged: number): string =>
    judged >= TENTHS_FROM && value < SMALL_SHARE ? format.percent(value) : format.percentWhole(value);
  const number = (value: number): string => format.decimal(value, 2);
  return {
    share,
    range: ({ low, high, judged }) => `${share(low, judged).replace(/\s?%/, '')}–${share(high, judged)}`,
    ratio: (ratio) => `×${number(ratio)}`,
    ratioRange: ({ low, high }) => `${number(low)}–${number(high)}`,
  };
}

/** Returns a function that names how tokens were chosen: "Greedy", "4 samples at 0.6". */
export function useSamplingName(): (sampling: GenerationSampling) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (sampling) =>
    isGreedy(sampling)
      ? t('generation.greedy')
      : t('generation.sampled', { count: sampling.samples, temperature: format.decimal(sampling.temperature, 1) });
}

// Figures of answers as a person reads them: no more digits than so many answers can tell.
import { useTranslation } from 'react-i18next';
import type { GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { useFormat } from '../../../kit/use-format.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import { isGreedy } from './checked-sets.ts';
import type { Rate } from './pooled.ts';

/** From so many on, small shares are told apart by tenths of a percent. */
const TENTHS_FROM = 200;
const SMALL_SHARE = 0.0995;

type RateFormat = {
  /** "15%" */
  readonly share: (share: number, judged: number) => string;
  /** "5–36%" */
  readonly range: (rate: Rate) => string;
  /** "×0.93" */
  readonly ratio: (ratio: number) => string;
  /** "0.81–1.02" */
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

/** How tokens were chosen: "Greedy", "4 samples at 0.6" */
export function useSamplingName(): (sampling: GenerationSampling) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (sampling) =>
    isGreedy(sampling)
      ? t('generation.greedy')
      : t('generation.sampled', { count: sampling.samples, temperature: format.decimal(sampling.temperature, 1) });
}

// How tokens were chosen, in words.
import { useTranslation } from 'react-i18next';
import type { GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { useFormat } from '../../../kit/use-format.ts';
import { isGreedy } from './checked-sets.ts';

/** "Greedy", "4 samples at 0.6" */
export function useSamplingName(): (sampling: GenerationSampling) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (sampling) =>
    isGreedy(sampling)
      ? t('generation.greedy')
      : t('generation.sampled', { count: sampling.samples, temperature: format.decimal(sampling.temperature, 1) });
}

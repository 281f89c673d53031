// The words and numbers of the picture in the user's language.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import type { LevelScale } from './magnitude.ts';
import type { ChromeTexts } from './margins.ts';
import { shareFormat, type ShareFormat } from './share-format.ts';
import type { Order, Scale } from './types.ts';

export function useShareFormat(): ShareFormat {
  const { i18n } = useTranslation();
  return useMemo(() => shareFormat(i18n.language), [i18n.language]);
}

export function useChromeTexts(order: Order): ChromeTexts {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => ({
      layers: t('heatmap.axis.layer'),
      columns: order === 'index' ? t('heatmap.axis.expert') : t('heatmap.axis.rank'),
      retained: t('heatmap.axis.retained'),
      layersKeeping: t('heatmap.axis.layersKeeping'),
      percent: format.percent,
    }),
    [t, format, order],
  );
}

/**
 * Returns the name of a scale. @param kind the scale that the caller asked for: linear and logarithmic scales of shares
 * have different names
 */
export function useScaleName({ unit }: LevelScale, kind: Scale): string {
  const { t } = useTranslation();
  switch (unit) {
    case 'share':
      return kind === 'log' ? t('heatmap.scale.log') : t('heatmap.scale.share');
    case 'rank':
      return t('heatmap.scale.rank');
    case 'share-difference':
      return t('heatmap.scale.shareDifference');
    case 'factor':
      return t('heatmap.scale.factor');
    case 'rank-difference':
      return t('heatmap.scale.rankDifference');
  }
}

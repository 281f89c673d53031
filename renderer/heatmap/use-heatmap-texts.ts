// The words and numbers of the picture in the user's language.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import type { ChromeTexts } from './margins.ts';
import { shareFormat, type ShareFormat } from './share-format.ts';
import type { Order } from './types.ts';

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

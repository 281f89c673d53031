// A compared file in words.
import { useTranslation } from 'react-i18next';
import type { FitFile, FitPlan } from '../../../electron/contract/fit.ts';
import { ratioOfNats, type PublishedInterval } from '../../../electron/contract/interval.ts';
import { mixText, widthText } from '../../../electron/contract/fit-texts.ts';
import { useLocale } from '../../kit/translate.ts';
import { useFormat } from '../../kit/use-format.ts';

type FileTexts = {
  /** Its experts: "24 of 32", with "75% wide" if that is less than in the model. */
  readonly experts: (file: Pick<FitFile, 'keep' | 'width'>) => string;
  /** Its type: "Q4_K_M", or the type of each class of tensors. */
  readonly type: (file: Pick<FitFile, 'type' | 'mix'>) => string;
  /** How far from the model, of nats: "×1.014 (1.009–1.019)". Files differ in the third decimal. */
  readonly divergence: (nats: PublishedInterval) => string;
};

export function useFileTexts({ nExpert, sourceType }: Pick<FitPlan, 'nExpert' | 'sourceType'>): FileTexts {
  const { t } = useTranslation();
  const format = useFormat();
  const locale = useLocale();
  const number = (value: number): string => format.decimal(value, value < 9.9995 ? 3 : 1);
  return {
    experts: ({ keep, width }) => {
      const wide = keep === nExpert ? t('fit.all', { total: keep }) : t('choose.keptOf', { keep, total: nExpert });
      return width === null ? wide : t('fit.narrow', { kept: wide, width: widthText(width, locale.language) });
    },
    type: ({ type, mix }) =>
      mix === null ? (type ?? t('export.typeAsIs', { type: sourceType })) : mixText(mix, locale),
    divergence: (nats) => {
      const { value, low, high } = ratioOfNats(nats);
      return low === null || high === null ? `×${number(value)}` : `×${number(value)} (${number(low)}–${number(high)})`;
    },
  };
}

// What a variant is called.
import { useTranslation } from 'react-i18next';
import type { VariantOption } from './variants.ts';

export function useVariantName(): (option: VariantOption) => string {
  const { t } = useTranslation();
  return ({ kind, criterion, name }) => {
    if (kind === 'file' || kind === 'gone') return name;
    return criterion === null
      ? t('prove.preview')
      : t('prove.previewBy', { criterion: t(`experts.criteria.${criterion}.name`) });
  };
}

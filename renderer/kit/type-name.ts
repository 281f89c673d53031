// What a file's weights are quantised to, by name.
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** "Q3_K_S"; "Q3_K_S mix" where some tensors have types of their own. */
export function useTypeName(): (type: string, mixed: true | undefined) => string {
  const { t } = useTranslation();
  return useCallback((type, mixed) => (mixed ? t('kit.typeMix', { type }) : type), [t]);
}

// Names of the types that weights are quantised to.
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** Returns the name of a type: "Q3_K_S", or "Q3_K_S mix" if some tensors have types of their own. */
export function useTypeName(): (type: string, mixed: true | undefined) => string {
  const { t } = useTranslation();
  return useCallback((type, mixed) => (mixed ? t('kit.typeMix', { type }) : type), [t]);
}

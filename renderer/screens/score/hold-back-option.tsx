// Whether some demos of the set stay unscored, so that answers can be checked on them.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { usuallyHeldBack } from '../../../electron/contract/held-back.ts';
import { Switch } from '../../kit/switch.tsx';
import { useChangeSettings, useSettings } from '../../state/settings.ts';

/** Renders nothing if the set is so small that every demo is needed. */
export function HoldBackOption({ domain }: { readonly domain: Domain }): ReactNode {
  const { t } = useTranslation();
  const holdBack = useSettings()?.holdBack;
  const change = useChangeSettings();
  const count = usuallyHeldBack(domain.demos);
  if (count === 0 || holdBack === undefined) return null;
  return (
    <Switch isSelected={holdBack} note={t('score.holdBackNote')} onChange={(next) => change.mutate({ holdBack: next })}>
      {t('score.holdBack', { count })}
    </Switch>
  );
}

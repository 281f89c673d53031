// Whether an importance matrix is collected beside the scores, for quantising later.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Switch } from '../../kit/switch.tsx';
import type { Scoring } from './use-scoring.ts';

export function ImportanceOption({ importance }: Pick<Scoring, 'importance'>): ReactNode {
  const { t } = useTranslation();
  return (
    <Switch isSelected={importance.isOn} note={t('score.importanceNote')} onChange={importance.set}>
      {t('score.importance')}
    </Switch>
  );
}

import { Grid3x3 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';

export function ScoreScreen(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('score.title')}>
      <EmptyState icon={Grid3x3} title={t('score.emptyTitle')} text={t('score.emptyText')} />
    </Screen>
  );
}

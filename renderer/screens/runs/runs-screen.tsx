import { BarChart3 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';

export function RunsScreen(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('runs.title')}>
      <EmptyState icon={BarChart3} title={t('runs.emptyTitle')} text={t('runs.emptyText')} />
    </Screen>
  );
}

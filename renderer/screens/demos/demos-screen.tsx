import { ListTree } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';

export function DemosScreen(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('demos.title')}>
      <EmptyState icon={ListTree} title={t('demos.emptyTitle')} text={t('demos.emptyText')} />
    </Screen>
  );
}

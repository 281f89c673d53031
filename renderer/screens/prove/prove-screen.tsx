import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';

export function ProveScreen(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('prove.title')}>
      <EmptyState icon={ScanSearch} title={t('prove.emptyTitle')} text={t('prove.emptyText')} />
    </Screen>
  );
}

import { Boxes } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';

export function ModelsScreen(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('models.title')}>
      <EmptyState icon={Boxes} title={t('models.emptyTitle')} text={t('models.emptyText')} />
    </Screen>
  );
}

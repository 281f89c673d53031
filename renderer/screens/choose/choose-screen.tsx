import { SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';

export function ChooseScreen(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('choose.title')}>
      <EmptyState icon={SlidersHorizontal} title={t('choose.emptyTitle')} text={t('choose.emptyText')} />
    </Screen>
  );
}

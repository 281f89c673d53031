// The models on this machine: which of them can be pruned, and whether they fit into its memory, before anything is loaded.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { Button } from '../../kit/button.tsx';
import { useCall } from '../../state/calls.ts';
import { Library } from './library.tsx';
import { NoModels } from './no-models.tsx';
import { useScan } from './scan.ts';

export function ModelsScreen(): ReactNode {
  const { t } = useTranslation();
  const models = useCall('library.list', {}, { isOfFiles: true });
  const scan = useScan();
  if (models.data !== undefined && models.data.length > 0) return <Library models={models.data} scan={scan} />;
  return (
    <Screen title={t('models.title')}>
      {models.error !== null && (
        <ErrorPanel error={models.error.toData()}>
          <Button size="small" onPress={() => void models.refetch()}>
            {t('models.tryAgain')}
          </Button>
        </ErrorPanel>
      )}
      {models.isPending && <SkeletonRows rows={12} />}
      {models.data !== undefined && <NoModels scan={scan} />}
    </Screen>
  );
}

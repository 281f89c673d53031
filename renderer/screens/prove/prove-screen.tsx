// What pruning costs, on texts that scoring has not seen: where the model should be good, and elsewhere.
import { FilePlus2, ScanSearch, ListChecks } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useTrailPlan } from '../../state/trail-items.ts';
import { Proving } from './proving.tsx';
import { useView } from './view-bar.tsx';

export function ProveScreen(): ReactNode {
  const { t } = useTranslation();
  const plan = useTrailPlan();
  const plans = useCall('plans.list', { modelId: null });
  const texts = useCall('texts.list', {});
  const evaluations = useCall('evaluations.list', {});
  const error = plans.error ?? texts.error ?? evaluations.error;
  const [view, setView] = useView();
  const isLoading = plans.data === undefined || texts.data === undefined || evaluations.data === undefined;
  // what models write is checked without texts
  const hasTexts = (texts.data?.length ?? 0) + (evaluations.data?.length ?? 0) > 0 || view === 'answers';
  if (error === null && !isLoading && plan !== null && hasTexts) {
    return <Proving plan={plan} texts={texts.data} />;
  }
  return (
    <Screen title={t('prove.title')}>
      {error !== null ? (
        <ErrorPanel error={error.toData()} />
      ) : isLoading ? (
        <SkeletonRows rows={12} />
      ) : plan === null ? (
        <EmptyState icon={ScanSearch} title={t('prove.noPlanTitle')} text={t('prove.noPlanText')}>
          <Button variant="primary" onPress={() => go('choose')}>
            {t('prove.goChoose')}
          </Button>
        </EmptyState>
      ) : (
        <EmptyState icon={ScanSearch} title={t('prove.noTextsTitle')} text={t('prove.noTextsText')}>
          <Button variant="primary" icon={FilePlus2} onPress={() => void chooseFiles('texts')}>
            {t('prove.addText')}
          </Button>
          <Button icon={ListChecks} onPress={() => setView('answers')}>
            {t('generation.goCheck')}
          </Button>
        </EmptyState>
      )}
    </Screen>
  );
}

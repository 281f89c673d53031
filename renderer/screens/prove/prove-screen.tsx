// What a choice costs: the verdict, the figures on its own work and on other text, and answers side by side.
import { ScanSearch, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { go } from '../../state/navigation.ts';
import { useIsSelectionPending, useTrailSelection } from '../../state/trail-items.ts';
import { ChoiceVerdict } from '../../verdict/choice-verdict.tsx';
import { useVerdict } from '../../verdict/use-verdict.ts';
import { Answers } from './answers.tsx';
import { Figures } from './figures.tsx';
import { JobNewsPanel } from './job-news.tsx';
import { MeasureActions, useMeasuring } from './measuring.tsx';
import styles from './prove.module.css';
import { ReportButton, useReport } from './report-button.tsx';

export function ProveScreen(): ReactNode {
  const { t } = useTranslation();
  const selection = useTrailSelection();
  const isPending = useIsSelectionPending();
  if (!isPending && selection !== null) return <Proof selection={selection} />;
  return (
    <Screen title={t('prove.title')}>
      {isPending ? (
        <SkeletonRows rows={12} />
      ) : (
        <EmptyState icon={ScanSearch} title={t('prove.noSelectionTitle')} text={t('prove.noSelectionText')}>
          <Button variant="primary" onPress={() => go('choose')}>
            {t('prove.goChoose')}
          </Button>
        </EmptyState>
      )}
    </Screen>
  );
}

function Proof({ selection }: { readonly selection: Selection }): ReactNode {
  const { t } = useTranslation();
  const measuring = useMeasuring(selection);
  const report = useReport(selection);
  return (
    <Screen
      title={t('prove.title')}
      lead={t('prove.lead', { selection: selection.name })}
      action={
        <>
          <MeasureActions selection={selection} measuring={measuring} />
          <ReportButton report={report} />
        </>
      }
    >
      {report.error !== null && <ErrorPanel error={report.error} />}
      <div className={classNames(kit.stack4, styles.stage)}>
        <JobNewsPanel news={measuring} />
        <ChoiceVerdict isWithFigures />
        <Advice selection={selection} />
        <Figures selection={selection} measuring={measuring} />
        <Answers selection={selection} />
      </div>
    </Screen>
  );
}

/** What to do if the damage inside the domain is severe; the verdict covers the damage outside. */
function Advice({ selection }: { readonly selection: Selection }): ReactNode {
  const { t } = useTranslation();
  if (useVerdict(selection)?.inside?.grade !== 'red') return null;
  return (
    <p className={classNames(kit.warning, kit.row2)}>
      <TriangleAlert size={16} aria-hidden />
      <span>{t('prove.severeInDomain')}</span>
    </p>
  );
}

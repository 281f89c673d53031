// The cost of pruning on texts that scoring has not seen: where the model should be good, and elsewhere.
import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HeldOutText } from '../../../electron/contract/api/demos.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useIsSelectionPending, useTrailSelection } from '../../state/trail-items.ts';
import { answersView } from './answers/answers-view.tsx';
import { useAnswers } from './answers/use-answers.ts';
import { useChecking } from './answers/use-checking.ts';
import styles from './proof/prove.module.css';
import { useProof } from './proof/use-proof.ts';
import { useViewName, ViewBar } from './proof/view.tsx';
import { ReportButton, useReport } from './report-button.tsx';
import { textsView } from './texts/texts-view.tsx';
import { useMeasuredTexts } from './texts/use-measured-texts.ts';
import { useMeasuring } from './texts/use-measuring.ts';
import { Verdict } from './verdict.tsx';

export function ProveScreen(): ReactNode {
  const { t } = useTranslation();
  const selection = useTrailSelection();
  const isPending = useIsSelectionPending();
  const texts = useCall('texts.list', {});
  const evaluations = useCall('evaluations.list', {});
  const error = texts.error ?? evaluations.error;
  const isLoading = isPending || texts.data === undefined || evaluations.data === undefined;
  if (error === null && !isLoading && selection !== null) {
    return <SelectionProof selection={selection} texts={texts.data} />;
  }
  return (
    <Screen title={t('prove.title')}>
      {error !== null ? (
        <ErrorPanel error={error.toData()} />
      ) : isLoading ? (
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

type SelectionProofProps = { readonly selection: Selection; readonly texts: readonly HeldOutText[] };

/** On the left what is to be measured, beside it the results on texts or answers. */
function SelectionProof({ selection, texts }: SelectionProofProps): ReactNode {
  const { t } = useTranslation();
  const [viewName] = useViewName();
  const proof = useProof(selection);
  const measured = useMeasuredTexts(proof, texts);
  const measuring = useMeasuring(proof, measured);
  const answers = useAnswers(proof);
  const checking = useChecking(proof, answers);
  const report = useReport(selection);
  const views = {
    together: () => textsView('together', proof, measured, measuring),
    byText: () => textsView('byText', proof, measured, measuring),
    answers: () => answersView(proof, answers, checking),
  };
  const view = views[viewName]();
  return (
    <Screen
      title={t('prove.title')}
      lead={t('prove.lead', { selection: selection.name })}
      action={
        <>
          {view.action}
          <ReportButton report={report} />
        </>
      }
    >
      {report.error !== null && <ErrorPanel error={report.error} />}
      <div className={styles.stage}>
        <div className={styles.sheet}>
          <div className={classNames(kit.stack5, styles.choices)}>{view.choices}</div>
          <div className={classNames(kit.stack4, styles.results)}>
            {view.news}
            <Verdict proof={proof} answers={answers} />
            <ViewBar>{view.sets}</ViewBar>
            {view.results}
          </div>
        </div>
      </div>
      {view.inspector}
    </Screen>
  );
}

// A plan's proof: what is to be measured at the left, what was measured beside it.
import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HeldOutText } from '../../../electron/contract/api/demos.ts';
import type { Plan } from '../../../electron/contract/api/plans.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Amount } from './amount.tsx';
import { CompareButton } from './criteria/compare-button.tsx';
import { CriteriaChoices } from './criteria/criteria-choices.tsx';
import { CriteriaView } from './criteria/criteria-view.tsx';
import { CriterionInspector } from './criteria/criterion-inspector.tsx';
import { useCriteria } from './criteria/use-criteria.ts';
import { AnswersInspector } from './generation/answers-inspector.tsx';
import { AnswersView } from './generation/answers-view.tsx';
import { CheckButton } from './generation/check-button.tsx';
import { CheckedSetSelect } from './generation/checked-set-select.tsx';
import { EffortChoices } from './generation/effort-choices.tsx';
import { PromptChoices } from './generation/prompt-choices.tsx';
import { Remedy } from './generation/remedy.tsx';
import { useAnswers } from './generation/use-answers.ts';
import { useChecking } from './generation/use-checking.ts';
import { MeasuresTable } from './measures-table.tsx';
import { Measuring } from './measuring.tsx';
import { ModelChoices } from './model-choices.tsx';
import styles from './prove.module.css';
import { ReportButton } from './report-button.tsx';
import { TextChoices } from './text-choices.tsx';
import { TextFigures } from './text-figures.tsx';
import { useMeasuring, type MeasuringState } from './use-measuring.ts';
import { useProof, type Proof } from './use-proof.ts';
import { useReport } from './use-report.ts';
import { VariantInspector } from './variant-inspector.tsx';
import { Verdict } from './verdict.tsx';
import { SetSelect, useView, ViewBar } from './view-bar.tsx';

type ProvingProps = { readonly plan: Plan; readonly texts: readonly HeldOutText[] };

export function Proving({ plan, texts }: ProvingProps): ReactNode {
  const { t } = useTranslation();
  const [view] = useView();
  const proof = useProof(plan, texts);
  const criteria = useCriteria(proof);
  const answers = useAnswers(proof);
  const checking = useChecking(proof, answers);
  const isOfCriteria = view === 'criteria';
  const isOfAnswers = view === 'answers';
  const chosen = proof.variants.filter(({ isChosen, kind }) => isChosen && kind !== 'gone');
  const wanted = isOfCriteria ? (criteria?.missing ?? []) : chosen.map(({ variant }) => variant);
  const measuring = useMeasuring(proof, wanted);
  const report = useReport(plan);
  const isMeasured = proof.shownIds.length > 0;
  const isBusy = isOfAnswers ? checking.isBusy : measuring.isBusy;
  return (
    <Screen
      title={t('prove.title')}
      lead={t('prove.lead', { plan: plan.name })}
      action={
        <>
          {isOfAnswers ? (
            <CheckButton checking={checking} />
          ) : isOfCriteria ? (
            <CompareButton criteria={criteria} measuring={measuring} />
          ) : (
            <MeasureButton models={chosen.length + 1} measuring={measuring} />
          )}
          <ReportButton report={report} />
        </>
      }
    >
      {report.error !== null && <ErrorPanel error={report.error} />}
      <div className={styles.stage}>
        <div className={styles.sheet}>
          <div className={styles.choices}>
            {isOfCriteria ? (
              criteria !== null && <CriteriaChoices criteria={criteria} />
            ) : (
              <ModelChoices variants={proof.variants} />
            )}
            {isOfAnswers ? (
              <>
                <PromptChoices sources={answers.sources} domains={proof.domains} />
                <EffortChoices checking={checking} />
              </>
            ) : (
              <>
                <TextChoices texts={proof.texts} domains={proof.domains} />
                <Amount />
              </>
            )}
          </div>
          <div className={styles.results}>
            {isOfAnswers ? (
              <Measuring news={checking} remedy={<Remedy error={checking.error} sources={answers.sources} />} />
            ) : (
              <Measuring news={measuring} />
            )}
            {(isMeasured || answers.set !== undefined) && (
              <div className={isBusy ? styles.noVerdict : styles.verdictPlace}>
                {!isBusy && <Verdict proof={proof} answers={answers} />}
              </div>
            )}
            <ViewBar>
              {isOfAnswers ? (
                <CheckedSetSelect answers={answers} />
              ) : (
                <SetSelect {...(isOfCriteria && criteria !== null ? criteria : proof)} />
              )}
            </ViewBar>
            {isOfAnswers ? (
              <AnswersView answers={answers} variants={proof.variants} isBusy={isBusy} />
            ) : isOfCriteria ? (
              <CriteriaView criteria={criteria} />
            ) : (
              <OfPlan proof={proof} measuring={measuring} />
            )}
          </div>
        </div>
      </div>
      {isOfAnswers ? (
        <AnswersInspector proof={proof} answers={answers} />
      ) : isOfCriteria ? (
        criteria && <CriterionInspector criteria={criteria} />
      ) : (
        <VariantInspector proof={proof} />
      )}
    </Screen>
  );
}

function MeasureButton({
  models,
  measuring,
}: {
  readonly models: number;
  readonly measuring: MeasuringState;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <Button
      variant="primary"
      icon={ScanSearch}
      disabledReason={measuring.reason}
      isDisabled={measuring.isBusy}
      onPress={measuring.start}
    >
      {t('prove.measure', {
        models: t('prove.models', { count: models }),
        texts: t('prove.texts', { count: measuring.texts }),
      })}
    </Button>
  );
}

function OfPlan({ proof, measuring }: { readonly proof: Proof; readonly measuring: MeasuringState }): ReactNode {
  const { t } = useTranslation();
  const [view] = useView();
  if (proof.shownIds.length > 0)
    return view === 'byText' ? <TextFigures proof={proof} /> : <MeasuresTable proof={proof} />;
  if (measuring.isBusy) return null;
  return <EmptyState icon={ScanSearch} title={t('prove.emptyTitle')} text={t('prove.emptyText')} />;
}

// Criteria compared at several numbers of experts: one sentence, the picture, and all figures as a table.
import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { EmptyState } from '../../../kit/empty-state.tsx';
import { ErrorPanel } from '../../../kit/error-panel.tsx';
import kit from '../../../kit/primitives.module.css';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { useRatioFormat } from '../../../measures/use-ratio-format.ts';
import { JobNewsPanel } from '../proof/job-news.tsx';
import { NextStep } from '../proof/next-step.tsx';
import prove from '../proof/prove.module.css';
import type { Proof } from '../proof/use-proof.ts';
import type { View } from '../proof/view.tsx';
import { Amount, TextChoices } from '../texts/text-choices.tsx';
import { MeasuredSetSelect } from '../texts/texts-view.tsx';
import type { MeasuredTexts } from '../texts/use-measured-texts.ts';
import type { Measuring } from '../texts/use-measuring.ts';
import { CriteriaChoices } from './criteria-choices.tsx';
import { CriteriaPictures } from './criteria-pictures.tsx';
import { CriteriaTable } from './criteria-table.tsx';
import styles from './criteria.module.css';
import { CriterionInspector } from './criterion-inspector.tsx';
import { findingOf } from './findings.ts';
import type { Criteria } from './use-criteria.ts';

/** Returns the view. @param criteria null: the selection was not chosen from runs */
export function criteriaView(
  { domains }: Proof,
  measured: MeasuredTexts,
  criteria: Criteria | null,
  measuring: Measuring,
): View {
  const { sets, set } = criteria ?? measured;
  return {
    action: <CompareButton criteria={criteria} measuring={measuring} />,
    choices: (
      <>
        {criteria !== null && <CriteriaChoices criteria={criteria} />}
        <TextChoices texts={measured.texts} domains={domains} />
        <Amount />
      </>
    ),
    isBusy: measuring.isBusy,
    news: <JobNewsPanel news={measuring} />,
    sets: <MeasuredSetSelect sets={sets} set={set} />,
    results: criteria === null ? <NothingToCompare /> : <Comparison criteria={criteria} />,
    inspector: criteria !== null && <CriterionInspector criteria={criteria} />,
  };
}

type CompareButtonProps = { readonly criteria: Criteria | null; readonly measuring: Measuring };

function CompareButton({ criteria, measuring }: CompareButtonProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const wanted = criteria?.missing ?? [];
  const isComplete = criteria !== null && wanted.length === 0;
  const seconds = isComplete || measuring.texts === 0 ? null : (criteria?.seconds ?? null);
  if (isComplete && !measuring.isBusy) return <NextStep />;
  const reason = criteria === null ? t('prove.criteria.reasonMask') : measuring.reason(wanted);
  return (
    <Button
      variant="primary"
      icon={ScanSearch}
      disabledReason={measuring.isBusy ? null : reason}
      isDisabled={measuring.isBusy}
      onPress={() => measuring.start(wanted)}
    >
      {seconds === null
        ? t('prove.criteria.compare')
        : t('prove.criteria.compareFor', { time: format.duration(1000 * seconds) })}
    </Button>
  );
}

function NothingToCompare(): ReactNode {
  const { t } = useTranslation();
  return <EmptyState icon={ScanSearch} title={t('prove.criteria.maskTitle')} text={t('prove.criteria.maskText')} />;
}

function Comparison({ criteria }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className={kit.stack4} aria-label={t('prove.criteria.title')}>
      {criteria.error !== null && <ErrorPanel error={criteria.error} />}
      <div className={classNames(kit.stack1, styles.lead)}>
        <Finding criteria={criteria} />
        <Missing criteria={criteria} />
      </div>
      <div>
        <h2 className={styles.measure}>
          <Term name="ratio">{t('prove.criteria.ratio')}</Term>{' '}
          <span className={prove.small}>{t('prove.criteria.ratioNote')}</span>
        </h2>
        <CriteriaPictures criteria={criteria} />
      </div>
      <CriteriaTable criteria={criteria} />
    </section>
  );
}

/** The finding inside the domain, with the selection's own number of experts. */
function Finding({ criteria: { matrix, comparison, selection } }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const ratio = useRatioFormat();
  const finding = findingOf(matrix, comparison.inDomain);
  if (finding === null) return null;
  const { best, near, random } = finding;
  const nameOf = (criterion: typeof best): string => t(`experts.criteria.${criterion}.name`);
  return (
    <p>
      {t('prove.criteria.best', {
        keep: selection.keep,
        total: selection.nExpert,
        criterion: nameOf(best),
        ratio: ratio.interval(finding.ratio),
      })}
      {near.length > 0 && ` ${t('prove.criteria.near', { criteria: format.list(near.map(nameOf)) })}`}
      {random !== null && best !== 'random' && ` ${t('prove.criteria.byChance', { ratio: ratio.value(random.value) })}`}
    </p>
  );
}

function Missing({ criteria: { missing, total } }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className={kit.dim}>
      {missing.length === 0
        ? t('prove.criteria.complete')
        : t('prove.criteria.missing', { missing: missing.length, total })}
    </p>
  );
}

// Criteria compared at several counts of experts: one sentence, the picture, and all figures as a table.
import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../../kit/empty-state.tsx';
import { ErrorPanel } from '../../../kit/error-panel.tsx';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import styles from './criteria.module.css';
import { CriteriaPictures } from './criteria-pictures.tsx';
import { CriteriaTable } from './criteria-table.tsx';
import { findingOf } from './findings.ts';
import type { Criteria } from './use-criteria.ts';
import { useRatioFormat } from '../../../measures/use-ratio-format.ts';

type CriteriaViewProps = {
  /** null: the plan was not chosen from runs. */
  readonly criteria: Criteria | null;
};

export function CriteriaView({ criteria }: CriteriaViewProps): ReactNode {
  const { t } = useTranslation();
  if (criteria === null) {
    return <EmptyState icon={ScanSearch} title={t('prove.criteria.maskTitle')} text={t('prove.criteria.maskText')} />;
  }
  return (
    <section className={styles.view} aria-label={t('prove.criteria.title')}>
      {criteria.error !== null && <ErrorPanel error={criteria.error} />}
      <div className={styles.lead}>
        <Finding criteria={criteria} />
        <Missing criteria={criteria} />
      </div>
      <div>
        <h2 className={styles.measure}>
          <Term name="ratio">{t('prove.criteria.ratio')}</Term>{' '}
          <span className={styles.small}>{t('prove.criteria.ratioNote')}</span>
        </h2>
        <CriteriaPictures criteria={criteria} />
      </div>
      <CriteriaTable criteria={criteria} />
    </section>
  );
}

/** In domain, with the plan's own count. */
function Finding({ criteria: { matrix, comparison, plan } }: { readonly criteria: Criteria }): ReactNode {
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
        keep: plan.keep,
        total: plan.nExpert,
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
    <p className={styles.dim}>
      {missing.length === 0
        ? t('prove.criteria.complete')
        : t('prove.criteria.missing', { missing: missing.length, total })}
    </p>
  );
}

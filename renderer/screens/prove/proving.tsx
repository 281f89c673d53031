// A plan's proof: what is to be measured at the left, what was measured beside it.
import { FileText, ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HeldOutText } from '../../../electron/contract/api/demos.ts';
import type { Plan } from '../../../electron/contract/api/plans.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Amount } from './amount.tsx';
import { Measuring } from './measuring.tsx';
import { ModelChoices } from './model-choices.tsx';
import styles from './prove.module.css';
import { Results } from './results.tsx';
import { TextChoices } from './text-choices.tsx';
import { useMeasuring } from './use-measuring.ts';
import { useProof } from './use-proof.ts';
import { useReport } from './use-report.ts';
import { VariantInspector } from './variant-inspector.tsx';
import { Verdict } from './verdict.tsx';

type ProvingProps = { readonly plan: Plan; readonly texts: readonly HeldOutText[] };

export function Proving({ plan, texts }: ProvingProps): ReactNode {
  const { t } = useTranslation();
  const proof = useProof(plan, texts);
  const measuring = useMeasuring(proof);
  const report = useReport(proof);
  const isMeasured = proof.shownIds.length > 0;
  return (
    <Screen
      title={t('prove.title')}
      lead={t('prove.lead', { plan: plan.name })}
      action={
        <>
          <Button
            variant="primary"
            icon={ScanSearch}
            disabledReason={measuring.reason}
            isDisabled={measuring.isBusy}
            onPress={measuring.start}
          >
            {t('prove.measure', {
              models: t('prove.models', { count: measuring.models }),
              texts: t('prove.texts', { count: measuring.texts }),
            })}
          </Button>
          {isMeasured && (
            <Button icon={FileText} onPress={report.save} isDisabled={report.isBusy}>
              {t('prove.saveReport')}
            </Button>
          )}
        </>
      }
    >
      {report.error !== null && <ErrorPanel error={report.error} />}
      <div className={styles.stage}>
        <div className={styles.sheet}>
          <div className={styles.choices}>
            <ModelChoices variants={proof.variants} />
            <TextChoices texts={proof.texts} domains={proof.domains} />
            <Amount />
          </div>
          <div className={styles.results}>
            <Measuring measuring={measuring} />
            {isMeasured ? (
              <>
                <div className={measuring.isBusy ? styles.noVerdict : styles.verdictPlace}>
                  {!measuring.isBusy && <Verdict proof={proof} />}
                </div>
                <Results proof={proof} />
              </>
            ) : (
              !measuring.isBusy && (
                <EmptyState icon={ScanSearch} title={t('prove.emptyTitle')} text={t('prove.emptyText')} />
              )
            )}
          </div>
        </div>
      </div>
      <VariantInspector proof={proof} />
    </Screen>
  );
}

// What the choice does to the model's quality, measured with the dropped experts masked: nothing is written.
import { ScanSearch } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import type { Plan } from '../../../electron/contract/api/plans.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { jobShare, useJobs } from '../../state/jobs.ts';
import styles from './choose.module.css';

/** Enough to see damage, quick enough to wait for. */
const CHUNKS = 8;
const CTX = 512;

type PreviewProps = {
  readonly modelId: string | null;
  /** Stores the choice, so that what is measured can be found again. */
  readonly savePlan: () => Promise<Plan>;
};

export function Preview({ modelId, savePlan }: PreviewProps): ReactNode {
  const { t } = useTranslation();
  const [planId, setPlanId] = useState<number | null>(null);
  const texts = useCall('texts.list', {}).data ?? [];
  const start = useCallMutation('evaluations.start');
  const job = useJobs().find(({ id }) => id === start.data?.jobId);
  const isRunning = job?.state === 'running' || job?.state === 'queued';
  const measured = (useCall('evaluations.list', {}).data ?? []).filter((evaluation) => evaluation.planId === planId);
  const reason = modelId === null ? t('choose.noModel') : texts.length === 0 ? t('choose.noTexts') : null;
  const measure = async (): Promise<void> => {
    if (modelId === null) return;
    const plan = await savePlan();
    setPlanId(plan.id);
    start.mutate({
      against: modelId,
      variants: [{ kind: 'preview', planId: plan.id, criterion: null }],
      textIds: texts.map(({ id }) => id),
      ctx: CTX,
      chunks: CHUNKS,
    });
  };
  const error = start.error === null ? (job?.error ?? null) : errorToData(start.error);
  return (
    <section className={styles.preview} aria-label={t('choose.preview')}>
      <div className={styles.previewHead}>
        <Button icon={ScanSearch} onPress={() => void measure()} disabledReason={reason} isDisabled={isRunning}>
          {t('choose.measure')}
        </Button>
        {isRunning && <ProgressBar label={t('choose.measuring')} value={jobShare(job)} />}
      </div>
      {error !== null && <ErrorPanel error={error} />}
      {measured.length > 0 && <PreviewTable evaluations={measured} />}
    </section>
  );
}

function PreviewTable({ evaluations }: { readonly evaluations: readonly Evaluation[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const full = useCall('evaluations.list', {}).data?.filter(({ variant }) => variant.kind === 'model') ?? [];
  const fullOf = ({ textId, ctx, chunks, modelId }: Evaluation): Evaluation | undefined =>
    full.find((other) => other.textId === textId && other.ctx === ctx && other.chunks === chunks && other.modelId === modelId); // prettier-ignore
  const sorted = evaluations.toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
  return (
    <table className={styles.figures}>
      <thead>
        <tr>
          <th scope="col">{t('choose.text')}</th>
          <th scope="col">
            <Term name="perplexity">{t('choose.fullPerplexity')}</Term>
          </th>
          <th scope="col">{t('choose.previewPerplexity')}</th>
          <th scope="col">
            <Term name="top1">{t('choose.top1')}</Term>
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((evaluation) => {
          const base = fullOf(evaluation);
          return (
            <tr key={evaluation.id}>
              <th scope="row">
                {evaluation.domain}{' '}
                <span className={styles.dim}>{t(evaluation.inDomain ? 'choose.inDomain' : 'choose.outOfDomain')}</span>
              </th>
              <td>{base && format.interval(base.perplexity, 2 * base.perplexityError)}</td>
              <td>{format.interval(evaluation.perplexity, 2 * evaluation.perplexityError)}</td>
              <td>{evaluation.top1 !== null && format.percent(evaluation.top1)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

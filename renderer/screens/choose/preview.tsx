// What the choice does to the model's quality, measured with the dropped experts masked: nothing is written.
import { ScanSearch } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import { errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { callEngine, useCall } from '../../state/calls.ts';
import { jobShare, useJobs } from '../../state/jobs.ts';
import styles from './choose.module.css';
import type { SavedPlan } from './saved-plan.ts';

/** Enough to see damage, quick enough to wait for. */
const CHUNKS = 8;
const CTX = 512;

type PreviewProps = {
  readonly modelId: string | null;
  /** Stores the choice, so that what was measured is found again. */
  readonly saved: SavedPlan;
  readonly isPossible: boolean;
};

export function Preview({ modelId, saved, isPossible }: PreviewProps): ReactNode {
  const { t } = useTranslation();
  const texts = useCall('texts.list', {}).data ?? [];
  const [failure, setFailure] = useState<ErrorData | null>(null);
  const [jobId, setJobId] = useState<number | null>(null);
  const job = useJobs().find(({ id }) => id === jobId);
  const isRunning = job?.state === 'running' || job?.state === 'queued';
  const evaluations = useCall('evaluations.list', {}).data ?? [];
  const planId = saved.plan?.id;
  const measured = evaluations.filter(
    ({ variant }) => variant.kind === 'preview' && variant.planId === planId && variant.criterion === null,
  );
  const reason =
    modelId === null
      ? t('choose.noModel')
      : texts.length === 0
        ? t('choose.noTexts')
        : isPossible
          ? null
          : t('choose.impossible');
  const measure = async (against: string): Promise<void> => {
    try {
      setFailure(null);
      const { id } = await saved.save();
      const variants = [{ kind: 'preview' as const, planId: id, criterion: null }];
      const textIds = texts.map((text) => text.id);
      const started = await callEngine('evaluations.start', { against, variants, textIds, ctx: CTX, chunks: CHUNKS });
      setJobId(started.jobId);
    } catch (error) {
      setFailure(errorToData(error));
    }
  };
  const error = failure ?? job?.error ?? null;
  return (
    <section className={styles.part} aria-label={t('choose.preview')}>
      <h3>{t('choose.preview')}</h3>
      <p className={styles.dim}>{t('choose.previewNote')}</p>
      {isRunning ? (
        <ProgressBar label={t('choose.measuring')} value={jobShare(job)} />
      ) : (
        <Button
          icon={ScanSearch}
          disabledReason={reason}
          onPress={() => {
            if (modelId !== null) void measure(modelId);
          }}
        >
          {t('choose.measure')}
        </Button>
      )}
      {error !== null && <ErrorPanel error={error} />}
      {measured.length > 0 && <PreviewTable evaluations={measured} all={evaluations} />}
    </section>
  );
}

type PreviewTableProps = {
  readonly evaluations: readonly Evaluation[];
  /** With the full model's among them. */
  readonly all: readonly Evaluation[];
};

function PreviewTable({ evaluations, all }: PreviewTableProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const full = all.filter(({ variant, modelId }) => variant.kind === 'model' && variant.modelId === modelId);
  const fullOf = ({ textId, ctx, chunks, modelId }: Evaluation): Evaluation | undefined =>
    full.find((other) => other.textId === textId && other.ctx === ctx && other.chunks === chunks && other.modelId === modelId); // prettier-ignore
  const sorted = evaluations.toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
  return (
    <table className={styles.figures}>
      <caption>
        <Term name="perplexity">{t('choose.perplexity')}</Term>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('choose.text')}</th>
          <th scope="col">{t('choose.fullPerplexity')}</th>
          <th scope="col">{t('choose.previewPerplexity')}</th>
          <th scope="col">
            <Term name="top1">{t('choose.top1')}</Term>
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((evaluation) => (
          <tr key={evaluation.id}>
            <th scope="row">
              {evaluation.domain}
              <span>{t(evaluation.inDomain ? 'choose.inDomain' : 'choose.outOfDomain')}</span>
            </th>
            <Perplexity of={fullOf(evaluation)} />
            <Perplexity of={evaluation} />
            <td>{evaluation.top1 !== null && format.percent(evaluation.top1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Perplexity({ of }: { readonly of: Evaluation | undefined }): ReactNode {
  const format = useFormat();
  if (of === undefined) return <td />;
  return (
    <td>
      {format.decimal(of.perplexity, 2)}
      <span>{` ± ${format.decimal(2 * of.perplexityError, 2)}`}</span>
    </td>
  );
}

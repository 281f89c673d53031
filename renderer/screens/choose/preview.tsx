// What the choice does to the model's quality, measured with the dropped experts masked: nothing is written.
import { ScanSearch } from 'lucide-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { isSelectionItself, selectionItself } from '../../experts/selection-variant.ts';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { callEngine, useCall } from '../../state/calls.ts';
import { jobShare } from '../../state/jobs.ts';
import { useIsSelectionPending, useTrailSelection } from '../../state/trail-items.ts';
import { useTrail } from '../../state/trail.ts';
import { saveChoice } from '../../state/working-choice.ts';
import styles from './choose.module.css';
import { rememberPreview, usePreviewJob } from './preview-job.ts';

/** Enough to see damage, quick enough to wait for. */
const CHUNKS = 8;
const CTX = 512;

type PreviewProps = {
  readonly modelId: string | null;
  readonly isPossible: boolean;
};

export function Preview({ modelId, isPossible }: PreviewProps): ReactNode {
  const { t } = useTranslation();
  const texts = useCall('texts.list', {}).data ?? [];
  const evaluations = useCall('evaluations.list', {}).data ?? [];
  const selection = useTrailSelection();
  const isPending = useIsSelectionPending();
  const job = usePreviewJob(selection?.id);
  const measured = evaluations.filter(
    ({ variant, selectionHash }) => isSelectionItself(variant) && selectionHash === selection?.hash && !isPending,
  );
  const reason = modelId === null ? t('choose.noModel') : texts.length === 0 ? t('choose.noTexts') : null;
  const measure = useMutation({
    mutationFn: async (against: string) => {
      await saveChoice();
      const id = useTrail.getState().selectionId;
      if (id === null) return;
      const variants = [selectionItself(id)];
      const textIds = texts.map((text) => text.id);
      const { jobId } = await callEngine('evaluations.start', { against, variants, textIds, ctx: CTX, chunks: CHUNKS });
      rememberPreview({ jobId, selectionId: id });
    },
  });
  const error = measure.error === null ? job.error : errorToData(measure.error);
  return (
    <section className={styles.part} aria-label={t('choose.preview')}>
      <h3>{t('choose.preview')}</h3>
      <p className={styles.dim}>{t('choose.previewNote')}</p>
      {job.active !== undefined ? (
        <Measuring job={job.active} />
      ) : (
        <Button
          icon={ScanSearch}
          disabledReason={reason}
          isDisabled={!isPossible || measure.isPending}
          onPress={() => {
            if (modelId !== null) measure.mutate(modelId);
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

function Measuring({ job }: { readonly job: JobView }): ReactNode {
  const { title, left } = useJobTexts(job);
  return <ProgressBar label={title} value={jobShare(job)} detail={left} />;
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
    full.find(
      (other) => other.textId === textId && other.ctx === ctx && other.chunks === chunks && other.modelId === modelId,
    );
  // the newest of each text
  const texts = [...Map.groupBy(evaluations, ({ textId, text }) => textId ?? text).values()];
  const sorted = texts.flatMap(([newest]) => newest ?? []).toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
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
            <td>{evaluation.top1 !== null && format.percent(evaluation.top1.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Perplexity({ of }: { readonly of: Evaluation | undefined }): ReactNode {
  const format = useFormat();
  if (of === undefined) return <td />;
  const { value, low, high } = of.perplexity;
  const short = (end: number): string => format.decimal(end, end < 10 ? 1 : 0);
  return (
    <td>
      {format.decimal(value, 2)}
      {low !== null && high !== null && <span>{` ${short(low)}–${short(high)}`}</span>}
    </td>
  );
}

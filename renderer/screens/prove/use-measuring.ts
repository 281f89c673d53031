// Measuring what is chosen: whether it can begin, its beginning, its job.
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ErrorData } from '../../../electron/contract/errors.ts';
import { useCallMutation } from '../../state/calls.ts';
import { useActiveJob, useJobs } from '../../state/jobs.ts';
import { useAmount, useProveChoices } from './prove-choices.ts';
import type { Proof } from './use-proof.ts';

/** As many as one request takes. */
const MOST_VARIANTS = 12;
const MOST_TEXTS = 32;

export type MeasuringState = {
  /** With the full model. */
  readonly models: number;
  readonly texts: number;
  /** Why it cannot begin. */
  readonly reason: string | null;
  readonly isBusy: boolean;
  readonly start: () => void;
  /** That measures now. */
  readonly active: JobView | undefined;
  /** Of what was started here last. */
  readonly error: ErrorData | null;
  /** What was started here last was cancelled. */
  readonly isCancelled: boolean;
  /** Forgets how it ended. */
  readonly dismiss: () => void;
};

export function useMeasuring({ plan: { modelId }, variants, texts }: Proof): MeasuringState {
  const { t } = useTranslation();
  const [{ ctx, chunks }] = useAmount();
  const jobId = useProveChoices((choices) => choices.jobId);
  const active = useActiveJob('evaluate');
  const last = useJobs().find(({ id }) => id === jobId);
  const start = useCallMutation('evaluations.start', {
    onSuccess: (started) => useProveChoices.setState({ jobId: started.jobId, setKey: null }),
  });
  const chosen = variants.filter(({ isChosen, kind }) => isChosen && kind !== 'gone');
  const textIds = texts.flatMap(({ id, isChosen }) => (isChosen ? [id] : []));
  const reasons = [
    modelId === null && t('prove.reasonModel'),
    texts.length === 0 ? t('prove.reasonNoTexts') : textIds.length === 0 && t('prove.reasonTexts'),
    textIds.length > MOST_TEXTS && t('prove.reasonManyTexts', { count: MOST_TEXTS }),
    chosen.length > MOST_VARIANTS && t('prove.reasonManyModels', { count: MOST_VARIANTS }),
  ];
  const isBusy = start.isPending || active !== undefined;
  return {
    models: chosen.length + 1,
    texts: textIds.length,
    reason: reasons.find((reason) => typeof reason === 'string') ?? null,
    isBusy,
    start: () => {
      if (modelId === null) return;
      const measured = chosen.map(({ variant }) => variant);
      start.mutate({ against: modelId, variants: measured, textIds, ctx, chunks: chunks === 0 ? null : chunks });
    },
    active,
    error: isBusy ? null : start.error === null ? (last?.error ?? null) : start.error.toData(),
    isCancelled: !isBusy && last?.state === 'cancelled',
    dismiss: () => {
      start.reset();
      useProveChoices.setState({ jobId: null });
    },
  };
}

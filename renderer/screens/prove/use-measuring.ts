// Measuring what is chosen: whether it can begin, its beginning, its job.
import { useTranslation } from 'react-i18next';
import type { Variant } from '../../../electron/contract/api/evaluations.ts';
import { useCallMutation } from '../../state/calls.ts';
import { useActiveJob, useJobs } from '../../state/jobs.ts';
import type { JobNews } from './measuring.tsx';
import { useAmount, useProveChoices } from './prove-choices.ts';
import type { Proof } from './use-proof.ts';

/** As many as one request takes. */
const MOST_VARIANTS = 64;
const MOST_TEXTS = 32;

export type MeasuringState = JobNews & {
  readonly texts: number;
  /** Why it cannot begin. */
  readonly reason: string | null;
  readonly isBusy: boolean;
  readonly start: () => void;
};

/** @param variants to be measured beside the full model */
export function useMeasuring({ plan: { modelId }, texts }: Proof, variants: readonly Variant[]): MeasuringState {
  const { t } = useTranslation();
  const [{ ctx, chunks }] = useAmount();
  const jobId = useProveChoices((choices) => choices.jobId);
  const active = useActiveJob('evaluate');
  const last = useJobs().find(({ id }) => id === jobId);
  const start = useCallMutation('evaluations.start', {
    onSuccess: (started) => useProveChoices.setState({ jobId: started.jobId, setKey: null }),
  });
  const textIds = texts.flatMap(({ id, isChosen }) => (isChosen ? [id] : []));
  const reasons = [
    modelId === null && t('prove.reasonModel'),
    texts.length === 0 ? t('prove.reasonNoTexts') : textIds.length === 0 && t('prove.reasonTexts'),
    textIds.length > MOST_TEXTS && t('prove.reasonManyTexts', { count: MOST_TEXTS }),
    variants.length > MOST_VARIANTS && t('prove.reasonManyModels', { count: MOST_VARIANTS }),
  ];
  const isBusy = start.isPending || active !== undefined;
  return {
    texts: textIds.length,
    reason: reasons.find((reason) => typeof reason === 'string') ?? null,
    isBusy,
    start: () => {
      if (modelId === null) return;
      start.mutate({ against: modelId, variants: [...variants], textIds, ctx, chunks: chunks === 0 ? null : chunks });
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

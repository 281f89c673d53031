// Measures on the chosen texts: whether it can begin, how to start it, and its job.
import { useTranslation } from 'react-i18next';
import {
  MOST_MEASURED_TEXTS,
  MOST_MEASURED_VARIANTS,
  type Variant,
} from '../../../../electron/contract/api/evaluations.ts';
import { useCallMutation } from '../../../state/calls.ts';
import type { VerdictSubject } from '../../../verdict/use-verdict.ts';
import { useJobNews, type JobNews } from '../proof/job-news.tsx';
import { useAmount, useProveChoices } from '../proof/prove-choices.ts';
import type { Proof } from '../proof/use-proof.ts';
import type { MeasuredTexts } from './use-measured-texts.ts';

/** Measuring variants beside the full model. */
export type Measuring = JobNews & {
  /** Number of chosen texts. */
  readonly texts: number;
  /** Returns why measuring cannot begin; null: it can. */
  readonly reason: (variants: readonly Variant[]) => string | null;
  readonly start: (variants: readonly Variant[]) => void;
  /** Measures on whatever there is, if no text was given. */
  readonly judge: (subject: VerdictSubject) => void;
};

export function useMeasuring({ selection: { modelId } }: Proof, { texts }: MeasuredTexts): Measuring {
  const { t } = useTranslation();
  const [{ ctx, chunks }] = useAmount();
  const jobId = useProveChoices((choices) => choices.jobId);
  const start = useCallMutation('evaluations.start', {
    onSuccess: (started) => useProveChoices.setState({ jobId: started.jobId, setKey: null }),
  });
  const judge = useCallMutation('evaluations.judge', {
    onSuccess: (started) => useProveChoices.setState({ jobId: started?.jobId ?? null, setKey: null }),
  });
  const begun = {
    isPending: start.isPending || judge.isPending,
    error: start.error ?? judge.error,
    reset: () => [start, judge].forEach(({ reset }) => reset()),
  };
  const news = useJobNews('evaluate', begun, jobId, () => useProveChoices.setState({ jobId: null }));
  const textIds = texts.flatMap(({ id, isChosen }) => (isChosen ? [id] : []));
  return {
    ...news,
    texts: textIds.length,
    reason: (variants) => {
      if (modelId === null) return t('prove.reasonModel');
      if (texts.length === 0) return t('prove.reasonNoTexts');
      if (textIds.length === 0) return t('prove.reasonTexts');
      if (textIds.length > MOST_MEASURED_TEXTS) return t('prove.reasonManyTexts', { count: MOST_MEASURED_TEXTS });
      return variants.length > MOST_MEASURED_VARIANTS
        ? t('prove.reasonManyModels', { count: MOST_MEASURED_VARIANTS })
        : null;
    },
    start: (variants) => {
      if (modelId === null) return;
      start.mutate({ against: modelId, variants: [...variants], textIds, ctx, chunks: chunks === 0 ? null : chunks });
    },
    judge: (subject) => judge.mutate(subject),
  };
}

// Checks what the user chose: whether the checks can begin, how long they take, how to start them, and their job.
import { useTranslation } from 'react-i18next';
import { MOST_CHECKED_DOMAINS, MOST_CHECKED_VARIANTS } from '../../../../electron/contract/api/generations.ts';
import { useCallMutation } from '../../../state/calls.ts';
import { useJobs } from '../../../state/jobs.ts';
import { useJobNews, type JobNews } from '../proof/job-news.tsx';
import { wantedVariants, type Proof } from '../proof/use-proof.ts';
import { useEffort, useAnswersChoices } from './answers-choices.ts';
import type { Answers } from './use-answers.ts';
import { expectedTokens, mostTokens, secondsPerWrittenToken, type Asked } from './writing-time.ts';

export type Checking = JobNews & {
  /** Number of models, including the full one. */
  readonly models: number;
  /** Number of prompts as far as it is known: from each chosen demo set, the demos that were not scored. */
  readonly prompts: number;
  /** The most tokens that can be written. */
  readonly mostTokens: number;
  /** null: not known. */
  readonly seconds: number | null;
  /** The reason why it cannot begin. */
  readonly reason: string | null;
  readonly start: () => void;
};

export function useChecking({ selection: { modelId }, variants, generations }: Proof, { sources }: Answers): Checking {
  const { t } = useTranslation();
  const [effort] = useEffort();
  const jobs = useJobs();
  const jobId = useAnswersChoices((choices) => choices.jobId);
  const start = useCallMutation('generations.start', {
    onSuccess: (started) => useAnswersChoices.setState({ jobId: started.jobId, setKey: null }),
  });
  const news = useJobNews('generate', start, jobId, () => useAnswersChoices.setState({ jobId: null }));
  const wanted = wantedVariants(variants);
  const chosen = sources.filter(({ isChosen }) => isChosen);
  const asked: Asked = {
    models: wanted.length + 1,
    prompts: chosen.map(({ demos, scored }) => Math.min(effort.prompts, demos - scored)),
    effort,
  };
  const perToken = secondsPerWrittenToken(jobs, generations);
  const reasons = [
    modelId === null && t('prove.reasonModel'),
    sources.length === 0 ? t('generation.reasonNoDemos') : chosen.length === 0 && t('generation.reasonDemos'),
    chosen.length > MOST_CHECKED_DOMAINS && t('generation.reasonManyDemos', { count: MOST_CHECKED_DOMAINS }),
    wanted.length > MOST_CHECKED_VARIANTS && t('prove.reasonManyModels', { count: MOST_CHECKED_VARIANTS }),
  ];
  return {
    ...news,
    models: asked.models,
    prompts: asked.prompts.reduce((sum, count) => sum + count, 0),
    mostTokens: mostTokens(asked),
    seconds: perToken === null ? null : perToken * expectedTokens(asked, generations),
    reason: reasons.find((reason) => typeof reason === 'string') ?? null,
    start: () => {
      if (modelId === null) return;
      const { prompts: limit, tokens: maxTokens, samples, temperature } = effort;
      const domainIds = chosen.map(({ id }) => id);
      start.mutate({ against: modelId, variants: wanted, domainIds, limit, maxTokens, samples, temperature });
    },
  };
}

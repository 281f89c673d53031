// Starts scoring what is chosen, and resumes a scoring that stopped.
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { usuallyHeldBack } from '../../../electron/contract/held-back.ts';
import type { LimitBy } from '../../../electron/contract/taken-demos.ts';
import { useCallMutation } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { rememberStart } from './score-job.ts';

export type Scoring = {
  /** How many demos will be scored. */
  readonly demos: number;
  readonly setDemos: (count: number) => void;
  /** Which demos, if not all. */
  readonly limitBy: LimitBy;
  readonly setLimitBy: (which: LimitBy) => void;
  /** Whether an importance matrix is collected in the same pass. */
  readonly importance: { readonly isOn: boolean; readonly set: (isOn: boolean) => void };
  readonly isPending: boolean;
  readonly error: WinnowError | null;
  /** @param fresh scores again even if the same run is stored */
  readonly start: (how: { readonly fresh: boolean }) => void;
  /** @param job the stopped job; without it, the same request finds its run again */
  readonly resume: (job: JobView | undefined) => void;
};

/** @param run the run that is shown; if there is none, the number of demos to score can be set */
export function useScoring(model: ModelEntry | null, domain: Domain | null, run: Run | undefined): Scoring {
  const [limit, setLimit] = useKeptState<number | null>(`score.limit ${domain?.id}`, null);
  const [limitBy, setLimitBy] = useKeptState<LimitBy>(`score.limitBy ${domain?.id}`, 'first');
  const [importance, setImportance] = useKeptState('score.importance', false);
  const begin = useCallMutation('runs.start', {
    onSuccess: ({ jobId }, params) => {
      if ('modelId' in params) rememberStart({ jobId, modelId: params.modelId, domainId: params.domainId });
    },
  });
  const requeue = useCallMutation('jobs.requeue');
  const all = domain?.demos ?? 0;
  const usual = all - usuallyHeldBack(all);
  const demos = run === undefined && limit !== null ? Math.min(limit, all) : usual;
  const start = (count: number, fresh: boolean): void => {
    if (model === null || domain === null) return;
    requeue.reset();
    begin.mutate({
      modelId: model.id,
      domainId: domain.id,
      limit: count < all ? count : null,
      limitBy,
      fresh,
      ...(importance && { importance }),
    });
  };
  return {
    demos,
    setDemos: setLimit,
    limitBy,
    setLimitBy,
    importance: { isOn: importance, set: setImportance },
    isPending: begin.isPending || requeue.isPending,
    error: begin.error ?? requeue.error,
    start: ({ fresh }) => start(demos, fresh),
    resume: (job) => {
      begin.reset();
      if (job === undefined) start(run?.demos ?? demos, false);
      else requeue.mutate({ jobId: job.id });
    },
  };
}

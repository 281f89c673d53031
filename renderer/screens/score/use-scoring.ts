// Starts scoring what is chosen, and resumes a scoring that stopped.
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { STABLE_SHARE } from '../../../electron/contract/stop-rule.ts';
import type { LimitBy } from '../../../electron/contract/taken-demos.ts';
import { useCallMutation } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { useUsuallyScored } from '../../state/settings.ts';
import { rememberStart } from './score-job.ts';

export type Scoring = {
  /** How many demos will be scored. */
  readonly demos: number;
  readonly setDemos: (count: number) => void;
  /** Which demos, if not all. */
  readonly limitBy: LimitBy;
  readonly setLimitBy: (which: LimitBy) => void;
  /** Whether it ends when the choice of this many experts per layer is stable, and what percentage of them may change. */
  readonly stop: {
    readonly isOn: boolean;
    readonly set: (isOn: boolean) => void;
    readonly keep: number;
    readonly setKeep: (keep: number) => void;
    readonly percent: number;
    readonly setPercent: (percent: number) => void;
    /** The parameter of the request. */
    readonly request: { readonly keep: number; readonly share: number } | null;
  };
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
  const { nExpert = 2, nExpertUsed = 1 } = model?.details ?? {};
  const half = Math.max(nExpertUsed, Math.floor(nExpert / 2));
  const [stops, setStops] = useKeptState('score.stop', false);
  const [stopKeep, setStopKeep] = useKeptState(`score.stopKeep ${model?.id}`, half);
  const [percent, setPercent] = useKeptState('score.stopPercent', 100 * STABLE_SHARE);
  const stopRequest = stops ? { keep: stopKeep, share: percent / 100 } : null;
  const begin = useCallMutation('runs.start', {
    onSuccess: ({ jobId }, asked) => {
      if ('modelId' in asked) rememberStart({ jobId, modelId: asked.modelId, domainId: asked.domainId });
    },
  });
  const requeue = useCallMutation('jobs.requeue');
  const all = domain?.demos ?? 0;
  const usual = useUsuallyScored(all);
  const demos = run === undefined && limit !== null ? Math.min(limit, all) : usual;
  const start = (count: number, fresh: boolean, stop: Scoring['stop']['request']): void => {
    if (model === null || domain === null) return;
    requeue.reset();
    begin.mutate({
      modelId: model.id,
      domainId: domain.id,
      limit: count < all ? count : null,
      limitBy,
      fresh,
      ...(importance && { importance }),
      ...(stop && { stopWhenStable: stop }),
    });
  };
  return {
    demos,
    setDemos: setLimit,
    limitBy,
    setLimitBy,
    stop: {
      isOn: stops,
      set: setStops,
      keep: stopKeep,
      setKeep: setStopKeep,
      percent,
      setPercent,
      request: stopRequest,
    },
    importance: { isOn: importance, set: setImportance },
    isPending: begin.isPending || requeue.isPending,
    error: begin.error ?? requeue.error,
    start: ({ fresh }) => start(demos, fresh, stopRequest),
    resume: (job) => {
      begin.reset();
      if (job === undefined) start(run?.demos ?? demos, false, run?.stop ?? null);
      else requeue.mutate({ jobId: job.id });
    },
  };
}

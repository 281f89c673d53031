// The scoring that this screen is about: what it started last, or whatever scores the chosen model and demo set.
import { useEffect } from 'react';
import { create } from 'zustand';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { useCall } from '../../state/calls.ts';
import { useJobs } from '../../state/jobs.ts';
import { useTrailDomain, useTrailRuns } from '../../state/trail-items.ts';
import { choose, useTrail } from '../../state/trail.ts';

type Started = { readonly jobId: number; readonly modelId: string; readonly domainId: number };

const useStarted = create<{ readonly last: Started | null }>()(() => ({ last: null }));

export function rememberStart(last: Started): void {
  useStarted.setState({ last });
}

export type ScoreJobs = {
  /** Queued or running. */
  readonly active: JobView | undefined;
  /** The last that ended, of the shown run or of what was started here. */
  readonly ended: JobView | undefined;
};

export function useScoreJobs(): ScoreJobs {
  const { modelId, domainId } = useTrail();
  const [run] = useTrailRuns();
  const started = useStarted(({ last }) => last);
  const isOfTheTrail = started !== null && started.modelId === modelId && started.domainId === domainId;
  const startedId = isOfTheTrail ? started.jobId : undefined;
  const jobs = useJobs().filter(
    ({ id, kind, runId }) => kind === 'score' && (id === startedId || (runId !== null && runId === run?.id)),
  );
  return { active: jobs.find(isActive), ended: jobs.find((job) => !isActive(job)) };
}

const isActive = ({ state }: JobView): boolean => state === 'queued' || state === 'running';

/** As soon as a scoring of what is chosen has a run, the run is chosen too. */
export function useChosenRun(): void {
  const domain = useTrailDomain();
  const modelId = useTrail((trail) => trail.modelId);
  const runId = useJobs().find((job) => job.kind === 'score' && isActive(job))?.runId ?? null;
  const run = useCall('runs.list', {}).data?.find(({ id }) => id === runId);
  const isOfTheTrail = run !== undefined && run.modelId === modelId && run.domain === domain?.name;
  useEffect(() => {
    if (runId !== null && isOfTheTrail && !useTrail.getState().runIds.includes(runId)) choose({ runIds: [runId] });
  }, [runId, isOfTheTrail]);
}

// The scoring that this screen shows: what it started last, or any scoring of the chosen model and demo set.
import { useEffect } from 'react';
import { create } from 'zustand';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { useCall } from '../../state/calls.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { followJob, useActiveJob, useJobs } from '../../state/jobs.ts';
import { useTrailDomain, useTrailRuns } from '../../state/trail-items.ts';
import { choose, useTrail } from '../../state/trail.ts';
import { isOfTrail, runChooser, type StartedScoring } from './started-run.ts';

const useStarted = create<{ readonly last: StartedScoring | null }>()(() => ({ last: null }));

/** Remembers a scoring that was started here. Its run is chosen once it exists, whatever screen is shown by then. */
export function rememberStart(last: StartedScoring): void {
  useStarted.setState({ last });
  const findRun = runChooser(last);
  followJob(last.jobId, (job) => {
    const runId = findRun(job, useTrail.getState());
    if (runId !== null) choose({ runIds: [runId] });
  });
}

export type ScoreJobs = {
  /** Queued or running. */
  readonly active: JobView | undefined;
  /** The last job that ended, for the shown run or for what was started here. */
  readonly ended: JobView | undefined;
};

export function useScoreJobs(): ScoreJobs {
  const trail = useTrail();
  const [run] = useTrailRuns();
  const started = useStarted(({ last }) => last);
  const startedId = started !== null && isOfTrail(started, trail) ? started.jobId : undefined;
  const jobs = useJobs().filter(
    ({ id, kind, runId }) => kind === 'score' && (id === startedId || (runId !== null && runId === run?.id)),
  );
  return { active: jobs.find(isActive), ended: jobs.find((job) => !isActive(job)) };
}

/** Chooses the run of a scoring of the current model and demo set as soon as it exists, even if another window started it. */
export function useChosenRun(): void {
  const domain = useTrailDomain();
  const modelId = useTrail((trail) => trail.modelId);
  const runId = useActiveJob('score')?.runId ?? null;
  const run = useCall('runs.list', {}).data?.find(({ id }) => id === runId);
  const isOfTheTrail = run !== undefined && run.modelId === modelId && run.domain === domain?.name;
  useEffect(() => {
    if (runId !== null && isOfTheTrail && !useTrail.getState().runIds.includes(runId)) choose({ runIds: [runId] });
  }, [runId, isOfTheTrail]);
}

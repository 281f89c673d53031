// The scoring that this screen started last, and its run as soon as there is one.
import { useEffect } from 'react';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { useJobs } from '../../state/jobs.ts';
import { choose, useTrail } from '../../state/trail.ts';

/** The queued or running scoring, whoever asked for it. */
export function useScoreJob(): JobView | undefined {
  const jobs = useJobs();
  const job = jobs.find(({ kind, state }) => kind === 'score' && (state === 'running' || state === 'queued'));
  const runId = job?.runId ?? null;
  useEffect(() => {
    if (runId !== null && !useTrail.getState().runIds.includes(runId)) choose({ runIds: [runId] });
  }, [runId]);
  return job;
}

// The queue of jobs in the interface.
import type { UseMutationResult } from '@tanstack/react-query';
import type { JobKind, JobView } from '../../electron/contract/api/jobs.ts';
import type { WinnowError } from '../../electron/contract/errors.ts';
import { useCall, useCallMutation } from './calls.ts';
import { client } from './client.ts';
import { isActive, JOBS_LIMIT } from './kept-jobs.ts';
import { reportFailure } from './report-failure.ts';

/** Returns all jobs, the newest first. */
export function useJobs(): readonly JobView[] {
  return useCall('jobs.list', { limit: JOBS_LIMIT }).data ?? [];
}

/** Returns the active job of a kind, no matter who started it and on which screen. */
export function useActiveJob(kind: JobKind): JobView | undefined {
  return useJobs().find((job) => job.kind === kind && isActive(job));
}

/** @returns a share of 1; null: not known */
export function jobShare({ done, total }: JobView): number | null {
  return total > 0 ? Math.min(1, done / total) : null;
}

type JobChange = UseMutationResult<null, WinnowError, { readonly jobId: number }>;

export function useCancelJob(): JobChange {
  return useCallMutation('jobs.cancel', { onError: reportFailure });
}

export function useRequeueJob(): JobChange {
  return useCallMutation('jobs.requeue', { onError: reportFailure });
}

/** Reports on a job until it is done, whatever screen is shown by then: a stopped job may be queued again. */
export function followJob(jobId: number, onNews: (job: JobView) => void): void {
  const stop = client().on('job', (job) => {
    if (job.id !== jobId) return;
    if (job.state === 'done') stop();
    onNews(job);
  });
}

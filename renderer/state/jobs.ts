// The queue as the interface sees it.
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { useCall } from './calls.ts';
import { JOBS_LIMIT } from './job-list.ts';

/** Newest first. */
export function useJobs(): readonly JobView[] {
  return useCall('jobs.list', { limit: JOBS_LIMIT }).data ?? [];
}

/** @returns a share of 1; null: not known */
export function jobShare({ done, total }: Pick<JobView, 'done' | 'total'>): number | null {
  return total > 0 ? Math.min(1, done / total) : null;
}

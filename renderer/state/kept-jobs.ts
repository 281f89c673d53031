// The list of jobs that the interface keeps.
import type { JobView } from '../../electron/contract/api/jobs.ts';

/** How many jobs the frame shows and the cache holds. */
export const JOBS_LIMIT = 200;

/** Adds the news of a job to the list, the newest first. */
export function withJob(jobs: readonly JobView[], job: JobView): JobView[] {
  const isListed = jobs.some(({ id }) => id === job.id);
  if (isListed) return jobs.map((other) => (other.id === job.id ? job : other));
  return [job, ...jobs].slice(0, JOBS_LIMIT);
}

/** Whether a job is queued or running. */
export function isActive({ state }: Pick<JobView, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

// Calls about the queue of long work.
import type { jobsCalls } from '../../../contract/api/jobs.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { jobView } from '../jobs/job-view.ts';
import { outcomeOf } from './job-outcome.ts';
import type { Services } from './services.ts';
import { drainQueue } from './start-job.ts';

/** The calls `jobs.*`. */
export function jobsHandlers(services: Services): Pick<CallHandlers, keyof typeof jobsCalls> {
  const { queue } = services;
  return {
    'jobs.list': ({ limit }) => queue.list(limit).map((job) => jobView(job, queue.live(job.id))),
    'jobs.cancel': ({ jobId }) => queue.cancel(jobId),
    'jobs.requeue': ({ jobId }) => {
      const job = queue.get(jobId);
      const isActive = job?.state === 'queued' || job?.state === 'running';
      // At the second click of a double click, the job is already running.
      if (isActive && job.ownerPid === process.pid) return;
      queue.requeue(jobId);
      drainQueue(services);
    },
    'jobs.outcome': ({ jobId }) => {
      const job = queue.get(jobId);
      return job ? outcomeOf(job, services) : null;
    },
  };
}

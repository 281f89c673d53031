// How a call starts long work.
import type { JobKind } from '../../../contract/api/jobs.ts';
import { errorToData } from '../../../contract/errors.ts';
import type { Jobs } from '../jobs/kinds.ts';
import type { Services } from './services.ts';

/**
 * Queues a job; it runs as soon as those before it have ended. A double click starts one job.
 * @param subject what it works on, in words that people know: "Sample · python"
 */
export function startJob<Kind extends JobKind>(
  services: Services,
  kind: Kind,
  request: Jobs[Kind]['request'],
  subject: string,
): { jobId: number } {
  const jobId = services.queue.enqueueOnce(kind, request, subject);
  drainQueue(services);
  return { jobId };
}

/** The same, after everything that is queued by the user, now or before its turn comes. */
export function startInBackground<Kind extends JobKind>(
  services: Services,
  kind: Kind,
  request: Jobs[Kind]['request'],
  subject: string,
): { jobId: number } {
  const jobId = services.queue.enqueueInBackground(kind, request, subject);
  drainQueue(services);
  return { jobId };
}

/** Runs what is queued, in the background, once the native part is there. */
export function drainQueue({ native, queue, log, emit, ownJobs }: Services): void {
  native
    .ensure()
    .then(() => queue.drain({ own: ownJobs }))
    .catch((error: unknown) => {
      log.add('error', 'jobs', String(error));
      emit('queueStopped', errorToData(error));
    });
}

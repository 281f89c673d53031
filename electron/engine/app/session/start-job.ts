// Starts long work for calls.
import type { JobKind } from '../../../contract/api/jobs.ts';
import { errorToData } from '../../../contract/errors.ts';
import type { Jobs } from '../jobs/kinds.ts';
import type { Services } from './services.ts';

/**
 * Queues a job, which runs as soon as those before it have ended. A double click starts only one job.
 * @param subject what it works on, in words for the user: "Sample · python"
 * @param isBackground whether it runs after everything that the user queues before its turn comes
 */
export function startJob<Kind extends JobKind>(
  services: Services,
  kind: Kind,
  request: Jobs[Kind]['request'],
  subject: string,
  isBackground = false,
): { jobId: number } {
  const { queue } = services;
  const jobId = isBackground ? queue.enqueue(kind, request, subject, true) : queue.enqueueOnce(kind, request, subject);
  drainQueue(services);
  return { jobId };
}

/** Runs the queued jobs in the background, once the native part is ready. */
export function drainQueue({ native, queue, log, emit, ownJobs }: Services): void {
  native
    .ensure()
    .then(() => queue.drain({ own: ownJobs }))
    .catch((error: unknown) => {
      log.add('error', 'jobs', String(error));
      emit('queueStopped', errorToData(error));
    });
}

// How a call starts long work.
import type { JobKind } from '../../contract/api/jobs.ts';
import type { JobRequest } from '../jobs/kinds.ts';
import type { Desk } from './desk.ts';

/**
 * Queues a job; it runs as soon as those before it have ended. A double click starts one job.
 * @param subject what it works on, in words that people know: "Sample · python"
 */
export function startJob<Kind extends JobKind>(
  desk: Desk,
  kind: Kind,
  request: JobRequest<Kind>,
  subject: string,
): { jobId: number } {
  const jobId = desk.queue.enqueueOnce(kind, request, subject);
  drainQueue(desk);
  return { jobId };
}

/** Runs what is queued, in the background, once the native part is there. */
export function drainQueue({ native, queue, log }: Desk): void {
  native
    .ensure()
    .then(() => queue.drain())
    .catch((error: unknown) => log.add('error', 'jobs', String(error)));
}

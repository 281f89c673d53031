// How a call starts long work.
import type { JobKind } from '../../contract/api/jobs.ts';
import type { Desk } from './desk.ts';

/**
 * Queues a job; it runs as soon as those before it have ended. A double click starts one job.
 * @param params JSON, as its handler in jobs/handlers.ts reads them
 * @param subject what it works on, in words that people know: "Sample · python"
 */
export function startJob(desk: Desk, kind: JobKind, params: unknown, subject: string): { jobId: number } {
  const jobId = desk.queue.enqueueOnce(kind, params, subject);
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

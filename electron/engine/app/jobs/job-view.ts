// Converts a job to the form that the interface shows.
import type { JobView } from '../../../contract/api/jobs.ts';
import type { JobHead } from './job-table.ts';
import type { JobLive } from './recorder.ts';

/** The view of a job. @param live state of a job that runs in this process, which is newer than the database's */
export function jobView(job: JobHead, live: JobLive | undefined): JobView {
  const running = job.state === 'running';
  const now = running ? live : undefined;
  const { done, total, unit } = now?.progress ?? job.progress;
  const { runId = null, exportId = null, selectionId = null } = now?.rows ?? job.rows;
  return {
    id: job.id,
    kind: job.kind,
    subject: job.subject,
    state: job.state,
    elsewhere: running && job.ownerPid !== process.pid,
    done,
    total,
    unit,
    perSecond: now?.perSecond ?? null,
    etaMs: now?.etaMs ?? null,
    step: now?.step ?? null,
    ...(live?.estimate && { estimate: live.estimate }),
    ...(live?.plan && { plan: live.plan }),
    runId,
    exportId,
    selectionId,
    error: job.error,
    createdMs: job.createdMs,
    startedMs: job.startedMs,
    finishedMs: job.finishedMs,
  };
}

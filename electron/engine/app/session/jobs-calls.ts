// Calls about the queue of long work.
import { type jobsCalls, JOB_OUTCOMES } from '../../../contract/api/jobs.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { jobView } from '../jobs/job-view.ts';
import type { Services } from './services.ts';
import { drainQueue } from './start-job.ts';
import type { Job } from '../jobs/job-table.ts';
import type { Jobs } from '../jobs/kinds.ts';

/** The calls `jobs.*`. */
export function jobsHandlers(services: Services): CallHandlers<keyof typeof jobsCalls> {
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

/** The outcome of a job. @returns null: it did not succeed, or another version stored it */
function outcomeOf({ kind, summary }: Job, { pathText }: Services): unknown {
  if (summary === null) return null;
  return JOB_OUTCOMES[kind].safeParse(told(kind, summary, pathText)).data ?? null;
}

/** The summary with its paths in the client's form. */
function told(kind: Job['kind'], summary: unknown, pathText: Services['pathText']): unknown {
  switch (kind) {
    case 'get':
    case 'export':
    case 'quantise':
    case 'checkpoint': {
      const { path, ...rest } = summary as { readonly path: string };
      return { displayPath: pathText(path), ...rest };
    }
    case 'evaluate':
      return (summary as Partial<Jobs['evaluate']['outcome']>).ofFile ?? null;
    case 'tour': {
      const { files, ...rest } = summary as Partial<Jobs['tour']['outcome']>;
      return { ...rest, files: files && { full: pathText(files.full), pruned: pathText(files.pruned) } };
    }
    case 'fit': {
      const found = summary as Jobs['fit']['outcome'];
      return { ...found, written: found.written && { ...found.written, path: pathText(found.written.path) } };
    }
    case 'score': {
      const { demos, info, ...rest } = summary as Partial<Jobs['score']['outcome']>;
      return { ...rest, ...info, demos: demos?.length };
    }
    default:
      return summary;
  }
}

// Calls about the program itself, its queue of long work, and machines that lend their memory.
import { availableParallelism } from 'node:os';
import { llamaSource } from '../../../../native/index.ts';
import type { appCalls } from '../../../contract/api/app.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { diagnose } from '../../models/machines/machines.ts';
import { packageVersion } from '../../base/files/package-version.ts';
import { hostMemory } from '../../models/placement/machine-snapshot.ts';
import type { Services } from './services.ts';
import { changeSettings, readSettings } from './settings.ts';
import type { machinesCalls } from '../../../contract/api/machines.ts';
import { type jobsCalls, JOB_OUTCOMES } from '../../../contract/api/jobs.ts';
import { jobView } from '../jobs/recorder.ts';
import { drainQueue } from './start-job.ts';
import type { Job } from '../jobs/job-table.ts';
import type { Jobs } from '../jobs/kinds.ts';

/** The calls `app.*`, `settings.*`, `machines.*` and `undo`. */
export function appHandlers(services: Services): CallHandlers<keyof typeof appCalls | keyof typeof machinesCalls> {
  const { context, native } = services;
  return {
    'app.prepare': () => native.ensure(),
    'app.info': async () => {
      const memory = hostMemory();
      return {
        version: await packageVersion(),
        llama: llamaSource().tag,
        home: context.home,
        platform: process.platform,
        cores: availableParallelism(),
        memoryTotal: memory.totalBytes,
        memoryFree: memory.freeBytes,
        native: native.state,
      };
    },
    'app.doctor': async () => {
      await native.ensure();
      return diagnose(context, services.settings().placement.rpc);
    },
    'settings.get': () => readSettings(context.store),
    'settings.set': (change) => changeSettings(context.store, services.emit, change),
    'machines.list': () => services.machines.list(),
    'machines.add': ({ endpoint, name }) => services.machines.add(endpoint, name),
    'machines.remove': ({ endpoint }) => services.machines.remove(endpoint),
    'machines.use': ({ endpoint, on }) => services.machines.use(endpoint, on),
    'machines.check': ({ endpoint }) => services.machines.check(endpoint),
    undo: ({ undoId }) => services.undo.undo(undoId),
  };
}

/** The calls `jobs.*`. */
export function jobsHandlers(services: Services): CallHandlers<keyof typeof jobsCalls> {
  return {
    'jobs.list': ({ limit }) => services.queue.list(limit).map((job) => jobView(job, services.queue.live(job.id))),
    'jobs.cancel': ({ jobId }) => services.queue.cancel(jobId),
    'jobs.requeue': ({ jobId }) => {
      const { queue } = services;
      const job = queue.get(jobId);
      const isActive = job?.state === 'queued' || job?.state === 'running';
      // At the second click of a double click, the job is already running.
      if (isActive && job.ownerPid === process.pid) return;
      queue.requeue(jobId);
      drainQueue(services);
    },
    'jobs.outcome': ({ jobId }) => {
      const job = services.queue.get(jobId);
      return job ? readOutcome(job, services) : null;
    },
  };
}

/** The outcome of a job. @returns null: it did not succeed, or another version stored it */
function readOutcome({ kind, summary }: Job, { pathText }: Services): unknown {
  if (summary === null) return null;
  return JOB_OUTCOMES[kind].safeParse(clientSummary(kind, summary, pathText)).data ?? null;
}

/** The summary with its paths in the client's form. */
function clientSummary(kind: Job['kind'], summary: unknown, pathText: Services['pathText']): unknown {
  switch (kind) {
    case 'get':
    case 'export':
    case 'quantise':
    case 'checkpoint': {
      const { path, ...rest } = summary as { readonly path: string };
      return { displayPath: pathText(path), ...rest };
    }
    case 'evaluate':
      return (summary as { readonly ofFile?: unknown }).ofFile ?? null;
    case 'fit': {
      const fit = summary as Jobs['fit']['outcome'];
      return { ...fit, written: fit.written && { ...fit.written, path: pathText(fit.written.path) } };
    }
    case 'score': {
      const { demos, info, ...rest } = summary as Partial<Jobs['score']['outcome']>;
      return { ...rest, ...info, demos: demos?.length };
    }
    default:
      return summary;
  }
}

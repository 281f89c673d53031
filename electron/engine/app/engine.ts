// The engine's face to the command line. Long requests are jobs of the persistent queue; this module turns them into
// promises.
import { printableName } from '../../contract/printable.ts';
import { basename } from 'node:path';
import { errorFromData, WinnowError } from '../../contract/errors.ts';
import { forkWorker, type WorkerHost } from '../base/backend/worker-host.ts';
import { EngineContext } from '../store/engine-context.ts';
import { idleTask } from '../store/task.ts';
import type { JobKind } from '../../contract/api/jobs.ts';
import { say } from '../../contract/sentences.ts';
import { jobWorks, type JobOutcome, type JobRequest, type Jobs } from './jobs/kinds.ts';
import { JobQueue } from './jobs/queue.ts';

export type Progress = {
  readonly done: number;
  readonly total: number;
  /** Tokens or bytes per second; 0 before there is something to go by. */
  readonly rate: number;
  readonly etaSeconds: number | null;
};

/** How a caller follows and stops a request. */
export type Hooks = {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Something the user should know, though the work goes on. */
  readonly onWarning?: (text: string) => void;
};

export class Engine {
  readonly #context: EngineContext;
  #queue: JobQueue<Jobs> | null = null;

  /** @param context closed with it */
  constructor(context: EngineContext | { readonly home: string; readonly host?: WorkerHost }) {
    this.#context = context instanceof EngineContext ? context : new EngineContext({ host: forkWorker, ...context });
  }

  get context(): EngineContext {
    return this.#context;
  }

  /** Cancels what runs, waits for its end and closes the database. */
  async close(): Promise<void> {
    await this.#queue?.close();
    this.#context.close();
  }

  /** Runs a request as a job and hands on its progress, warnings and error. */
  async run<Kind extends JobKind>(
    kind: Kind,
    request: JobRequest<Kind>,
    subject: string,
    hooks: Hooks = {},
  ): Promise<JobOutcome<Kind>> {
    if (hooks.signal?.aborted) throw new WinnowError('CANCELLED', say('cancelledBefore'));
    this.#queue ??= new JobQueue(this.#context.store, jobWorks(this.#context));
    const queue = this.#queue;
    const id = queue.enqueue(kind, request, printableName(subject));
    const stop = queue.subscribe((event) => {
      if (event.type === 'progress' && event.id === id) {
        const { done, total, perSecond, etaMs } = event;
        hooks.onProgress?.({
          done,
          total,
          rate: perSecond ?? 0,
          etaSeconds: etaMs === undefined ? null : etaMs / 1000,
        });
      }
      if (event.type === 'log' && event.id === id) hooks.onWarning?.(event.line);
    });
    const cancel = (): void => queue.cancel(id);
    hooks.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { job, outcome } = await queue.perform(kind, id);
      if (job.error) throw errorFromData(job.error);
      if (outcome === undefined) throw new WinnowError('CANCELLED', say('cancelledKept'));
      return outcome;
    } finally {
      stop();
      hooks.signal?.removeEventListener('abort', cancel);
    }
  }
}

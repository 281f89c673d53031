// The persistent job queue: one job at a time runs in a process, and every change of state is stored in the database.
import type { z } from 'zod';
import { errorToData, WinnowError } from '../../../contract/errors.ts';
import type { Store } from '../../store/database.ts';
import { type Pace, JobRecorder, type JobLive } from './recorder.ts';
import {
  cancelQueuedJob,
  claimJob,
  findUnendedTwin,
  finishJob,
  getJob,
  insertJob,
  listJobs,
  listJobsOfKind,
  nextQueuedJob,
  requeueJob,
  type Job,
  type JobHead,
} from './job-table.ts';
import type { JobKind, JobProgress } from '../../../contract/api/jobs.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { interruptOrphans } from '../../store/owner.ts';
import { CLOSED, endedEarly, type Task, type TaskRows } from '../../store/task.ts';

type JobEnd = Parameters<typeof finishJob>[2];

export type JobContext = Task & { readonly jobId: number };

/** The request of a kind of job, and the outcome for whoever waits for it. The database stores it as JSON, so it contains no matrix. */
export type JobType<Request = unknown, Outcome = unknown> = {
  readonly request: Request;
  readonly outcome: Outcome;
};
type JobTypes = Readonly<Record<JobKind, JobType>>;

type JobWork<Type extends JobType> = {
  readonly schema: z.ZodType<Type['request']>;
  readonly run: (request: Type['request'], job: JobContext) => Promise<Type['outcome']>;
};
/** The work that a queue can do. It accepts jobs of every kind, and runs those that it has the work for. */
export type JobWorks<Types extends JobTypes = JobTypes> = { readonly [Kind in JobKind]?: JobWork<Types[Kind]> };

type JobEvent =
  /** A job was queued, started or ended. */
  | { readonly type: 'state'; readonly job: Job }
  | ({ readonly type: 'progress'; readonly id: number } & JobProgress & Pace)
  | { readonly type: 'about'; readonly id: number }
  | { readonly type: 'log'; readonly id: number; readonly line: string };

type JobListener = (event: JobEvent) => void;

const DOUBLE_CLICK_MS = 1000;

type Running = {
  readonly id: number;
  readonly recorder: JobRecorder;
  readonly abort: AbortController;
};

type UnwrittenEnd = {
  /** The job as it would be stored. */
  readonly job: Job;
  readonly end: JobEnd;
  readonly endedMs: number;
  readonly reason: WinnowError;
};

const STATES = {
  running: 'jobRunning',
  done: 'jobDone',
  failed: 'jobFailed',
  cancelled: 'jobStateCancelled',
  interrupted: 'jobInterrupted',
} as const;

export class JobQueue<Types extends JobTypes = JobTypes> {
  readonly #store: Store;
  readonly #works: JobWorks<Types>;
  readonly #clock: () => number;
  readonly #elapsed: () => number;
  readonly #listeners = new Set<JobListener>();
  #running: Running | undefined;
  /** Ends of jobs that a full disk kept from being stored: they are served from here, and stored as soon as possible. */
  readonly #unwritten = new Map<number, UnwrittenEnd>();
  /** Settles when all jobs requested so far have ended. */
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  /**
   * Marks the jobs of dead processes as interrupted.
   * @param clock milliseconds since 1970, which users and time servers may set forwards and backwards
   * @param elapsed monotonic time in milliseconds
   */
  constructor(
    store: Store,
    works: JobWorks<Types>,
    clock: () => number = Date.now,
    elapsed: () => number = () => performance.now(),
  ) {
    this.#store = store;
    this.#works = works;
    this.#clock = clock;
    this.#elapsed = elapsed;
    interruptOrphans(store, 'jobs', clock());
  }

  /**
   * Queues a job.
   * @param subject what it works on, in words for the user: model and domain, or a file
   * @param isBackground whether nobody waits for it: it runs after all other jobs, even those queued later
   */
  enqueue<Kind extends JobKind>(
    kind: Kind,
    request: Types[Kind]['request'],
    subject: string,
    isBackground = false,
  ): number {
    const job = { kind, requestJson: JSON.stringify(request), subject, isBackground };
    return this.#announce(insertJob(this.#store, job, this.#clock())).id;
  }

  /** Like `enqueue`, but a request made twice within a second, as by a double click, becomes one job. */
  enqueueOnce<Kind extends JobKind>(kind: Kind, request: Types[Kind]['request'], subject: string): number {
    const nowMs = this.#clock();
    const made = { from: nowMs - DOUBLE_CLICK_MS, to: nowMs };
    const twin = findUnendedTwin(this.#store, kind, JSON.stringify(request), subject, made);
    const isEnding = this.#running?.id === twin && this.#running?.abort.signal.aborted === true;
    return twin === undefined || isEnding ? this.enqueue(kind, request, subject) : twin;
  }

  /**
   * Queues a failed, cancelled or interrupted job again, under its old number.
   * @throws WinnowError USAGE: it is any other job
   */
  requeue(id: number): void {
    this.#writeEnds();
    const unwritten = this.#unwritten.get(id);
    if (unwritten) throw unwritten.reason;
    const job = requeueJob(this.#store, id);
    if (!job) throw new WinnowError('USAGE', msg('jobNotQueuedAgain', { id, state: this.#describe(id) }), { id });
    this.#announce(job);
  }

  /**
   * Runs the queued jobs, oldest first and background jobs last, until none is left. Jobs of other living processes are left to them.
   * @param own also leaves jobs of dead processes
   */
  drain({ own = false }: { readonly own?: boolean } = {}): Promise<void> {
    const drained = this.#tail.then(async () => {
      for (;;) {
        const next = this.#closed ? undefined : nextQueuedJob(this.#store, own);
        if (next === undefined) return;
        const job = claimJob(this.#store, next.id, this.#clock());
        if (job) await this.#run(job);
      }
    });
    // The caller handles a failure; the next job runs anyway.
    this.#tail = drained.catch(() => undefined);
    return drained;
  }

  /**
   * Removes a job from the queue, or asks the running one to stop. Has no effect on a job that has ended.
   * @throws WinnowError USAGE: there is no such job, or it runs in another process
   */
  cancel(id: number): void {
    const cancelled = cancelQueuedJob(this.#store, id, this.#clock());
    if (cancelled) {
      this.#announce(cancelled);
    } else if (this.#running?.id === id) {
      this.#running.abort.abort(new WinnowError('CANCELLED', msg('jobCancelled', { id })));
    } else {
      const job = this.get(id);
      if (!job) throw new WinnowError('USAGE', msg('noJob', { id }), { id });
      if (job.state === 'running') {
        throw new WinnowError('USAGE', msg('jobElsewhere', { id, pid: job.ownerPid ?? 'unknown' }), {
          id,
          pid: job.ownerPid,
        });
      }
    }
  }

  /** The current state of a job, even if its end is not stored yet; undefined: there is no such job. */
  get(id: number): Job | undefined {
    this.#writeEnds();
    return this.#unwritten.get(id)?.job ?? getJob(this.#store, id);
  }

  /** The newest `limit` jobs, newest first. */
  list(limit: number): JobHead[] {
    interruptOrphans(this.#store, 'jobs', this.#clock());
    this.#writeEnds();
    return listJobs(this.#store, limit).map((job) => this.#unwritten.get(job.id)?.job ?? job);
  }

  /** The newest `limit` jobs of a kind, newest first, with request and outcome. */
  listOfKind(kind: JobKind, limit: number): Job[] {
    this.#writeEnds();
    return listJobsOfKind(this.#store, kind, limit).map((job) => this.#unwritten.get(job.id)?.job ?? job);
  }

  /** The live state of a job. @returns undefined: it is not running in this process */
  live(id: number): JobLive | undefined {
    return this.#running?.id === id ? this.#running.recorder.live : undefined;
  }

  /** Subscribes to events of jobs. @returns a function that ends the subscription */
  subscribe(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops the running job, which becomes "interrupted", and starts no other job. Queued jobs stay queued. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.abort.abort(CLOSED);
    await this.#tail;
  }

  async #run(job: Job): Promise<void> {
    const recorder = new JobRecorder(this.#store, job, this.#elapsed);
    const running: Running = { id: job.id, recorder, abort: new AbortController() };
    this.#running = running;
    this.#announce(job);
    try {
      const end = await this.#work(job, running);
      this.#announce(this.#end(job, end, recorder.live.rows));
    } finally {
      this.#running = undefined;
    }
  }

  #end(job: Job, end: JobEnd, rows: TaskRows): Job {
    const endedMs = this.#clock();
    try {
      return finishJob(this.#store, job.id, end, endedMs) ?? getJob(this.#store, job.id)!;
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      const ended = { ...job, ...end, summary: end.summary ?? null, rows, finishedMs: endedMs };
      this.#unwritten.set(job.id, { job: ended, end, endedMs, reason: error });
      return ended;
    }
  }

  #writeEnds(): void {
    for (const [id, { end, endedMs }] of this.#unwritten) {
      try {
        finishJob(this.#store, id, end, endedMs);
        this.#unwritten.delete(id);
      } catch (error) {
        if (!(error instanceof WinnowError)) throw error;
      }
    }
  }

  async #work(job: Job, { recorder, abort }: Running): Promise<JobEnd> {
    const jobEnd = (state: JobEnd['state'], error?: unknown, summary?: unknown): JobEnd => ({
      state,
      summary,
      error: error === undefined ? null : errorToData(error),
      progress: recorder.progress,
    });
    try {
      const work: JobWork<Types[JobKind]> | undefined = this.#works[job.kind];
      if (!work) throw new WinnowError('USAGE', msg('jobKindUnknown', { kind: job.kind }));
      const outcome = await work.run(work.schema.parse(job.request), {
        jobId: job.id,
        rows: job.rows,
        signal: abort.signal,
        progress: (done, total, unit) => {
          const estimate = recorder.report(done, total, unit);
          this.#emit({ type: 'progress', id: job.id, done, total, unit, ...estimate });
        },
        log: (line) => this.#emit({ type: 'log', id: job.id, line }),
        about: (note) => {
          recorder.note(note);
          this.#emit({ type: 'about', id: job.id });
        },
      });
      // This includes a job that was aborted too late: its work is done.
      return jobEnd('done', undefined, outcome);
    } catch (error) {
      const ended = endedEarly(abort.signal);
      if (ended !== 'failed') return jobEnd(ended);
      if (error instanceof WinnowError && error.code === 'CANCELLED') return jobEnd('cancelled');
      return jobEnd('failed', error);
    }
  }

  #describe(id: number): Sentence {
    const job = this.get(id);
    if (!job) return msg('noSuchJob');
    return job.state === 'queued' ? msg('jobWaits', { pid: job.ownerPid ?? '?' }) : msg(STATES[job.state]);
  }

  #announce(job: Job): Job {
    this.#emit({ type: 'state', job });
    return job;
  }

  #emit(event: JobEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

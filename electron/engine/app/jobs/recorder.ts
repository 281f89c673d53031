// Records what a running job reports, and converts a job to the form that the interface shows. Progress is reported at once and stored from time to time; the step is only reported; the rows that the job makes are stored at once, so that they are known even if its process dies.
import type { Store } from '../../store/database.ts';
import { saveProgress, saveRows, type JobHead } from './job-table.ts';
import type { JobProgress, JobView, ProgressUnit } from '../../../contract/api/jobs.ts';
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { FitPlan } from '../../../contract/fit.ts';
import type { Task, TaskRows } from '../../store/task.ts';

/** Minimum time between writes: a job may report every ubatch or block, and a disk write for each would slow it down. */
const WRITE_EVERY_MS = 500;

type TaskNote = Parameters<Task['about']>[0];

/** The state of a running job that only its own process knows. */
export type JobLive = Pace & {
  readonly progress: JobProgress;
  readonly step: JobView['step'];
  /** null: there is none, or none yet. */
  readonly estimate: ScoringEstimate | null;
  readonly plan: FitPlan | null;
  readonly rows: TaskRows;
};

export class JobRecorder {
  readonly #store: Store;
  readonly #id: number;
  readonly #elapsed: () => number;
  #progress: JobProgress = { done: 0, total: 0, unit: 'tokens' };
  /** Since when the progress is of one unit and only grew. */
  #first: Sample | undefined;
  #lastMs = 0;
  #step: JobView['step'] = null;
  #estimate: ScoringEstimate | null = null;
  #plan: FitPlan | null = null;
  #rows: TaskRows;
  #writtenMs: number;

  /** @param elapsed monotonic time in milliseconds */
  constructor(store: Store, { id, rows }: JobHead, elapsed: () => number) {
    this.#store = store;
    this.#id = id;
    this.#rows = rows;
    this.#elapsed = elapsed;
    this.#writtenMs = elapsed();
  }

  get progress(): JobProgress {
    return this.#progress;
  }

  get live(): JobLive {
    return {
      ...this.#pace(),
      progress: this.#progress,
      step: this.#step,
      estimate: this.#estimate,
      plan: this.#plan,
      rows: this.#rows,
    };
  }

  /** Records progress. @returns throughput and time left, as far as they are known */
  report(done: number, total: number, unit: ProgressUnit): Pace {
    const nowMs = this.#elapsed();
    const goesOn = this.#first && this.#progress.unit === unit && done >= this.#progress.done;
    if (!goesOn) this.#first = { ms: nowMs, done };
    this.#lastMs = nowMs;
    this.#progress = { done, total, unit };
    this.#writeIfDue(nowMs);
    return this.#pace();
  }

  /** Records what the job does now. Rows are stored at once; the rest is only kept for `live`. */
  note({ step, estimate: made, plan, ...rows }: TaskNote): void {
    if (step !== undefined) this.#step = step;
    if (made !== undefined) this.#estimate = made;
    if (plan !== undefined) this.#plan = plan;
    if (Object.keys(rows).length === 0) return;
    this.#rows = { ...this.#rows, ...rows };
    saveRows(this.#store, this.#id, this.#rows);
  }

  #pace(): Pace {
    const { done, total } = this.#progress;
    const last = { ms: this.#lastMs, done };
    const { perSecond, etaMs } = pace(this.#first ?? last, last, total);
    return { perSecond, etaMs: etaMs ?? this.#estimatedMs() };
  }

  /** The rest of the estimated time; undefined: the estimate is too rough, which is worse than none. */
  #estimatedMs(): number | undefined {
    if (!this.#estimate || this.#estimate.isRough) return undefined;
    const { done, total } = this.#progress;
    return 1000 * this.#estimate.seconds * (total > 0 ? 1 - done / total : 1);
  }

  #writeIfDue(nowMs: number): void {
    if (nowMs - this.#writtenMs < WRITE_EVERY_MS) return;
    this.#writtenMs = nowMs;
    try {
      saveProgress(this.#store, this.#id, this.#progress);
    } catch {
      // progress is optional: a full or locked disk must not make the job fail; its end is stored in any case
    }
  }
}

/** No time left is shown before one of these is reached, since the first samples include warm-up. */
const MIN_ELAPSED_MS = 10_000;
const MIN_SHARE = 0.05;

/** Work done at a moment. A resumed job does not start at 0. */
type Sample = { readonly ms: number; readonly done: number };

export type Pace = {
  /** Units per second; undefined before the second sample. */
  readonly perSecond: number | undefined;
  /** undefined: there are too few samples. */
  readonly etaMs: number | undefined;
};

/** Throughput and time left. @param total total work, in the unit of the samples; 0: not known */
export function pace(first: Sample, last: Sample, total: number): Pace {
  const elapsedMs = last.ms - first.ms;
  if (elapsedMs <= 0) return { perSecond: undefined, etaMs: undefined };
  const done = last.done - first.done;
  const isTelling = elapsedMs >= MIN_ELAPSED_MS || done / (total - first.done) >= MIN_SHARE;
  const etaMs = total > 0 && done > 0 && isTelling ? (Math.max(0, total - last.done) * elapsedMs) / done : undefined;
  return { perSecond: (1000 * done) / elapsedMs, etaMs };
}

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

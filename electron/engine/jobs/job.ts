// What a job is: its kinds, states and record.
import type { JobKind, JobState, ProgressUnit } from '../../contract/api/jobs.ts';
import type { ErrorData } from '../../contract/errors.ts';
import type { TaskRows, TaskStep } from '../context/task.ts';
import type { Estimate } from './eta.ts';

/** `total` 0: not known yet. */
export type JobProgress = { readonly done: number; readonly total: number; readonly unit: ProgressUnit };

export type JobId = number;

/** A job as lists show it. */
export type JobHead = {
  readonly id: JobId;
  readonly kind: JobKind;
  /** What it works on, in words that people know: "Sample · python". */
  readonly subject: string;
  readonly state: JobState;
  readonly progress: JobProgress;
  readonly rows: TaskRows;
  readonly error: ErrorData | null;
  readonly createdMs: number;
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
  readonly ownerPid: number | null;
};

export type Job = JobHead & {
  /** JSON: a request of its kind, as the version that stored it wrote it; its kind's schema reads it. */
  readonly request: unknown;
  /** JSON: what is kept of the outcome; null until done. */
  readonly summary: unknown;
  /** The last lines. */
  readonly log: string;
};

/** What of a running job only its own process knows. */
export type JobLive = Estimate & {
  readonly progress: JobProgress;
  readonly step: TaskStep | null;
  readonly rows: TaskRows;
  readonly log: string;
};

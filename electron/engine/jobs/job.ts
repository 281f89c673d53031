// What a job is: its kinds, states and record.
import type { JobKind, JobState, JobView, ProgressUnit } from '../../contract/api/jobs.ts';
import type { ScoringEstimate } from '../../contract/api/runs.ts';
import type { ErrorData } from '../../contract/errors.ts';
import type { Estimate } from './eta.ts';

/** `total` 0: not known yet. */
export type JobProgress = { readonly done: number; readonly total: number; readonly unit: ProgressUnit };

export type JobId = number;

/** What the job does now, such as "scoring", 7 of 25 demos; `total` 0: nothing to count. */
export type JobStep = NonNullable<JobView['step']>;

/** Rows of the database that the job makes or made. */
export type JobRows = {
  readonly runId?: number | undefined;
  readonly exportId?: number | undefined;
  readonly evaluationIds?: readonly number[] | undefined;
  readonly generationIds?: readonly number[] | undefined;
};

/** What a running job tells about itself, beside its progress. */
export type JobNote = JobRows & {
  /** Until the next one; null: nothing to add. */
  readonly step?: JobStep | null;
  /** What the work will need, as soon as that can be told. */
  readonly estimate?: ScoringEstimate;
};

/** A job as lists show it. */
export type JobHead = {
  readonly id: JobId;
  readonly kind: JobKind;
  /** What it works on, in words that people know: "Sample · python". */
  readonly subject: string;
  readonly state: JobState;
  readonly progress: JobProgress;
  readonly rows: JobRows;
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
  readonly step: JobStep | null;
  readonly estimate: ScoringEstimate | null;
  readonly rows: JobRows;
  readonly log: string;
};

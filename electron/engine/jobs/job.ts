// What a job is: its kinds, states and record.
import { z } from 'zod';
import { ERROR_CODES, type ErrorData } from '../../contract/errors.ts';

export const JOB_KINDS = ['tokenise', 'score', 'preview', 'export', 'evaluate', 'benchmark', 'respond'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** `interrupted`: the process that ran it ended or was closed; it can be queued again. */
export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'] as const;

export const PROGRESS_UNITS = ['tokens', 'bytes', 'permille'] as const;
export type ProgressUnit = (typeof PROGRESS_UNITS)[number];

/** `total` 0: not known yet. */
export type JobProgress = { readonly done: number; readonly total: number; readonly unit: ProgressUnit };

export type JobId = number;

export type Job = {
  readonly id: JobId;
  readonly kind: JobKind;
  /** JSON, as given to `enqueue`. */
  readonly params: unknown;
  readonly state: (typeof JOB_STATES)[number];
  readonly progress: JobProgress;
  /** JSON, what the handler returned; null until done. */
  readonly result: unknown;
  readonly error: ErrorData | null;
  /** The last lines. */
  readonly log: string;
  readonly createdMs: number;
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
  readonly ownerPid: number | null;
};

export const errorDataSchema: z.ZodType<ErrorData> = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).exactOptional(),
});

// How a use case reports on itself to its job.
import type { JobView, ProgressUnit } from '../../contract/api/jobs.ts';
import type { ScoringEstimate } from '../../contract/api/runs.ts';
import type { FitPlan } from '../../contract/fit.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';

/** Why a signal is aborted when Winnow is closed: its work is then interrupted, not cancelled. */
export const CLOSED = new WinnowError('CANCELLED', msg('winnowClosed'));

/** Database rows that the job makes or has made. */
export type TaskRows = {
  readonly runId?: number | undefined;
  readonly exportId?: number | undefined;
  /** The selection whose choice is measured or checked. */
  readonly selectionId?: number | undefined;
  readonly evaluationIds?: readonly number[] | undefined;
  readonly generationIds?: readonly number[] | undefined;
};

/** What a running job reports about itself, besides its progress. */
type TaskNote = TaskRows & {
  /** What the job does now, until the next step: "scoring", 7 of 25 demos; `total` 0: nothing to count; null: nothing to add. */
  readonly step?: JobView['step'];
  /** What the whole job will need, as soon as that is known. */
  readonly estimate?: ScoringEstimate;
  /** What a search for the best file will compare, as far as it is known by now. */
  readonly plan?: FitPlan;
};

export type Task = {
  /** Rows that an earlier attempt made. */
  readonly rows: TaskRows;
  /** Aborted when the job is cancelled or the queue is closed. Its reason is a WinnowError CANCELLED; for the queue, `CLOSED`. */
  readonly signal: AbortSignal;
  /** @param total 0: not known yet */
  readonly progress: (done: number, total: number, unit: ProgressUnit) => void;
  readonly log: (line: string) => void;
  /** Reports the current step, and new rows as soon as they exist. */
  readonly about: (note: TaskNote) => void;
};

/** The outcome of work that wrote something, with its real path: clients get a path that they may see. */
export type AtPath<Outcome extends { readonly displayPath: string }> = Omit<Outcome, 'displayPath'> & {
  /** For several files, the path of the first. */
  readonly path: string;
};

/** How work that threw has ended. Only its signal decides: a worker that is killed for not stopping in time may fail in any way. */
export function endedEarly({ aborted, reason }: AbortSignal): 'interrupted' | 'cancelled' | 'failed' {
  if (!aborted) return 'failed';
  return reason === CLOSED ? 'interrupted' : 'cancelled';
}

/** @returns a callback that reports the loading of a model, in percent */
export function loadingStep({ about }: Task): (done: number, total: number) => void {
  return (done, total) => about({ step: { key: 'loading', done: Math.round((100 * done) / total), total: 100 } });
}

/** The task of work that finishes before anything is computed: no job is queued for it. */
export function idleTask(signal: AbortSignal = new AbortController().signal, onWarning?: (line: string) => void): Task {
  return { rows: {}, signal, progress: () => {}, log: (line) => onWarning?.(line), about: () => {} };
}

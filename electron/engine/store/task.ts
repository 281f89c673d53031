// How a use case tells its job about itself.
import type { WrittenAnswers } from '../../contract/api/generations.ts';
import type { JobView, ProgressUnit } from '../../contract/api/jobs.ts';
import type { ScoringEstimate } from '../../contract/api/runs.ts';
import type { FitPlan } from '../../contract/fit.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';

/** Why a signal is aborted where Winnow is closed: its work is interrupted then, not cancelled. */
export const CLOSED = new WinnowError('CANCELLED', say('winnowClosed'));

/** Rows of the database that the job makes or made. */
export type TaskRows = {
  readonly runId?: number | undefined;
  readonly exportId?: number | undefined;
  readonly evaluationIds?: readonly number[] | undefined;
  readonly generationIds?: readonly number[] | undefined;
};

/** What a running job tells about itself, beside its progress. */
export type TaskNote = TaskRows & {
  /** What the job does now, until the next one, such as "scoring", 7 of 25 demos; `total` 0: nothing to count; null: nothing to add. */
  readonly step?: JobView['step'];
  /** What all of it will need, as soon as that is known. */
  readonly estimate?: ScoringEstimate;
  /** What a search for the best file will compare, as it is known by now. */
  readonly plan?: FitPlan;
  /** Milliseconds that are left when that is asked, of work that knows them better than its progress does; null: nobody knows. */
  readonly timeLeft?: () => number | null;
  /** What a check of answers has written, as it is when that is asked. */
  readonly written?: () => readonly WrittenAnswers[];
};

export type Task = {
  /** What an earlier attempt made. */
  readonly rows: TaskRows;
  /** Aborted when the job is cancelled or the queue is closed; its reason is a WinnowError CANCELLED, `CLOSED` of the latter. */
  readonly signal: AbortSignal;
  /** @param total 0: not known yet */
  readonly progress: (done: number, total: number, unit: ProgressUnit) => void;
  readonly log: (line: string) => void;
  /** Its step, and the rows that it makes as soon as they are there. */
  readonly about: (note: TaskNote) => void;
};

/** What comes of work that wrote something, by its path: clients are told it as they may see it. */
export type AtPath<Outcome extends { readonly displayPath: string }> = Omit<Outcome, 'displayPath'> & {
  /** Of several files the first one's. */
  readonly path: string;
};

/** How work ended that threw. By its signal alone: a worker that is killed for not stopping in time fails in any way. */
export function endedEarly({ aborted, reason }: AbortSignal): 'interrupted' | 'cancelled' | 'failed' {
  if (!aborted) return 'failed';
  return reason === CLOSED ? 'interrupted' : 'cancelled';
}

/** @returns what tells of a model's loading, in percent */
export function loadingStep({ about }: Pick<Task, 'about'>): (done: number, total: number) => void {
  return (done, total) => about({ step: { key: 'loading', done: Math.round((100 * done) / total), total: 100 } });
}

/** The task of work that is settled before anything is computed: no job is queued for it. */
export function idleTask(signal: AbortSignal = new AbortController().signal, onWarning?: (line: string) => void): Task {
  return { rows: {}, signal, progress: () => {}, log: (line) => onWarning?.(line), about: () => {} };
}

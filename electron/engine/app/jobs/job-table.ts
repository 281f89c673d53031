// Repository of jobs. Every change of state is one statement that names the state it starts from, so that of two
// processes only one can win. A job ends after it started, and starts after it was made, whatever the clock says.
import { z } from 'zod';
import type { ErrorData } from '../../../contract/errors.ts';
import type { Store } from '../../store/database.ts';
import { jsonColumn } from '../../store/json.ts';
import { currentOwner, interruptOrphans, isOwnerAlive, isThisProcess } from '../../store/owner.ts';
import { errorDataSchema } from '../../../contract/api/common.ts';
import { JOB_KINDS, JOB_STATES, PROGRESS_UNITS, type JobKind, type JobProgress } from '../../../contract/api/jobs.ts';
import type { TaskRows } from '../../store/task.ts';

const rowsSchema = z.object({
  runId: z.int().optional(),
  exportId: z.int().optional(),
  evaluationIds: z.array(z.int()).optional(),
  generationIds: z.array(z.int()).optional(),
});

const headColumns = z.object({
  id: z.int(),
  kind: z.enum(JOB_KINDS),
  /** What it works on, in words that people know: "Sample · python". */
  subject: z.string(),
  state: z.enum(JOB_STATES),
  done: z.number(),
  total: z.number(),
  unit: z.enum(PROGRESS_UNITS),
  rows: jsonColumn<TaskRows>(rowsSchema),
  error: z.union([z.null(), jsonColumn(errorDataSchema)]),
  createdMs: z.number(),
  startedMs: z.number().nullable(),
  finishedMs: z.number().nullable(),
  ownerPid: z.int().nullable(),
});

const headRow = headColumns.transform(withProgress);
/** A job as lists show it. */
export type JobHead = Readonly<z.infer<typeof headRow>>;

const jobRow = headColumns
  .extend({
    /** A request of its kind, as the version that stored it wrote it; its kind's schema reads it. */
    request: jsonColumn(z.unknown()),
    /** What is kept of the outcome; null until done. */
    summary: z.union([z.null(), jsonColumn(z.unknown())]),
    /** The last lines. */
    log: z.string(),
  })
  .transform(withProgress);
export type Job = Readonly<z.infer<typeof jobRow>>;

function withProgress<Row extends JobProgress>({ done, total, unit, ...job }: Row) {
  const progress: JobProgress = { done, total, unit };
  return { ...job, progress };
}

const ownedRow = z.object({ id: z.int(), kind: z.enum(JOB_KINDS), pid: z.int(), start: z.string() });

/** Columns of a list: parameters and logs of a thousand jobs would be megabytes. */
const HEAD = `id, kind, subject, state, progress_done AS done, progress_total AS total, progress_unit AS unit, made AS rows,
  error, created_ms AS createdMs, started_ms AS startedMs, finished_ms AS finishedMs, owner_pid AS ownerPid`;
const COLUMNS = `${HEAD}, params AS request, result AS summary, log`;

/** Given @id and the owner. */
const RUN_HERE = `id = @id AND state = 'running' AND owner_pid = @pid AND owner_start = @start`;

/** How a run of a job ended, with the last state of its progress and log. */
export type JobEnd = {
  readonly state: 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** Undefined unless done. */
  readonly summary: unknown;
  readonly error: ErrorData | null;
  readonly progress: JobProgress;
  readonly log: string;
};

type NewJob = {
  readonly kind: JobKind;
  /** In the form of its kind. */
  readonly requestJson: string;
  readonly subject: string;
  /** It comes after all others. */
  readonly isBackground: boolean;
};

/** The job waits for this process; another one takes it only after this one has died. */
export function insertJob(store: Store, { isBackground, ...job }: NewJob, nowMs: number): Job {
  return store.get(
    jobRow,
    `INSERT INTO jobs (kind, params, subject, background, state, created_ms, owner_pid, owner_start)
     VALUES (@kind, @requestJson, @subject, @background, 'queued', @nowMs, @pid, @start) RETURNING ${COLUMNS}`,
    { ...job, background: Number(isBackground), nowMs, ...currentOwner() },
  )!;
}

/** The newest one of this process with the same request, made in that time, that has not ended. */
export function findUnendedTwin(
  store: Store,
  kind: JobKind,
  requestJson: string,
  subject: string,
  made: { readonly from: number; readonly to: number },
): number | undefined {
  return store.get(
    z.object({ id: z.int() }),
    `SELECT id FROM jobs WHERE kind = @kind AND params = @requestJson AND subject = @subject
       AND created_ms > @from AND created_ms <= @to AND state IN ('queued', 'running')
       AND owner_pid = @pid AND owner_start = @start ORDER BY id DESC LIMIT 1`,
    { kind, requestJson, subject, ...made, ...currentOwner() },
  )?.id;
}

/** undefined: there is no such job. */
export function getJob(store: Store, id: number): Job | undefined {
  return store.get(jobRow, `SELECT ${COLUMNS} FROM jobs WHERE id = ?`, id);
}

/** The newest `limit` ones, newest first. */
export function listJobs(store: Store, limit: number): JobHead[] {
  return store.all(headRow, `SELECT ${HEAD} FROM jobs ORDER BY id DESC LIMIT ?`, limit);
}

/** The newest `limit` ones of a kind, newest first, with what was asked and what came of it. */
export function listJobsOfKind(store: Store, kind: JobKind, limit: number): Job[] {
  return store.all(jobRow, `SELECT ${COLUMNS} FROM jobs WHERE kind = ? ORDER BY id DESC LIMIT ?`, kind, limit);
}

/** The oldest queued job that waits for this process or, unless it is to be its own, for one that has died; those in the background last. */
export function nextQueuedJob(store: Store, own: boolean): Pick<JobHead, 'id' | 'kind'> | undefined {
  return queuedJobs(store).find(own ? isThisProcess : mayTake);
}

/**
 * Takes a queued job for this process and marks it running.
 * @returns undefined when it is not queued (any more), or waits for another living process
 */
export function claimJob(store: Store, id: number, nowMs: number): Job | undefined {
  const queued = queuedJobs(store).find((job) => job.id === id);
  if (!queued || !mayTake(queued)) return undefined;
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'running', started_ms = max(@nowMs, created_ms), owner_pid = @pid, owner_start = @start
     WHERE id = @id AND state = 'queued' AND owner_pid = @queuedPid AND owner_start = @queuedStart RETURNING ${COLUMNS}`,
    { nowMs, ...currentOwner(), id, queuedPid: queued.pid, queuedStart: queued.start },
  );
}

/** @returns the cancelled job; undefined when it was not queued (any more) */
export function cancelQueuedJob(store: Store, id: number, nowMs: number): Job | undefined {
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'cancelled', finished_ms = max(?, created_ms) WHERE id = ? AND state = 'queued' RETURNING ${COLUMNS}`,
    nowMs,
    id,
  );
}

/** Puts a job that ended without a result back into this process's queue. @returns undefined for any other job */
export function requeueJob(store: Store, id: number): Job | undefined {
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'queued', error = NULL, log = '', progress_done = 0, progress_total = 0,
       started_ms = NULL, finished_ms = NULL, owner_pid = @pid, owner_start = @start
     WHERE id = @id AND state IN ('failed', 'cancelled', 'interrupted') RETURNING ${COLUMNS}`,
    { id, ...currentOwner() },
  );
}

/** Saves how far a job is that this process runs; any other stays as it is. */
export function saveProgress(store: Store, id: number, progress: JobProgress, log: string): void {
  store.run(
    `UPDATE jobs SET progress_done = @done, progress_total = @total, progress_unit = @unit, log = @log
     WHERE ${RUN_HERE}`,
    { id, ...progress, log, ...currentOwner() },
  );
}

/** Notes which rows of other tables a job that this process runs has made; of any other nothing changes. */
export function saveRows(store: Store, id: number, rows: TaskRows): void {
  store.run(`UPDATE jobs SET made = @made WHERE ${RUN_HERE}`, { id, made: JSON.stringify(rows), ...currentOwner() });
}

/**
 * Ends a job that this process runs, no earlier than it began, whatever the clock did.
 * @returns the job as stored; undefined when this process was taken for dead, and the job is no longer its own
 */
export function finishJob(store: Store, id: number, end: JobEnd, nowMs: number): Job | undefined {
  const { state, progress, log } = end;
  return store.get(
    jobRow,
    `UPDATE jobs SET state = @state, result = @result, error = @error, progress_done = @done, progress_total = @total,
       progress_unit = @unit, log = @log, finished_ms = max(@nowMs, started_ms) WHERE ${RUN_HERE} RETURNING ${COLUMNS}`,
    {
      id,
      state,
      result: reportJson(end.summary),
      error: reportJson(end.error),
      ...progress,
      log,
      nowMs,
      ...currentOwner(),
    },
  );
}

/** Marks the running jobs of dead processes. @returns how many */
export function markInterruptedJobs(store: Store, nowMs: number): number {
  return interruptOrphans(store, 'jobs', nowMs);
}

function queuedJobs(store: Store): z.infer<typeof ownedRow>[] {
  return store.all(
    ownedRow,
    `SELECT id, kind, owner_pid AS pid, owner_start AS start FROM jobs WHERE state = 'queued' ORDER BY background, id`,
  );
}

function mayTake(job: z.infer<typeof ownedRow>): boolean {
  return isThisProcess(job) || !isOwnerAlive(job);
}

/** A report must not fail over a bigint in its details, such as a file size. */
function reportJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

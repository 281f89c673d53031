// Repository of jobs. Every change of state is one statement that names the state it starts from, so that only one of two
// processes can win. A job ends after it started, and starts after it was made, whatever the clock says.
import { z } from 'zod';
import type { ErrorData } from '../../../contract/errors.ts';
import type { Store } from '../../store/database.ts';
import { jsonColumn } from '../../store/json.ts';
import { currentOwner, isOwnerAlive, isThisProcess } from '../../store/owner.ts';
import { errorDataSchema } from '../../../contract/api/common.ts';
import { JOB_KINDS, JOB_STATES, PROGRESS_UNITS, type JobKind, type JobProgress } from '../../../contract/api/jobs.ts';
import type { TaskRows } from '../../store/task.ts';

const rowsSchema = z.object({
  runId: z.int().optional(),
  exportId: z.int().optional(),
  selectionId: z.int().optional(),
  evaluationIds: z.array(z.int()).optional(),
  generationIds: z.array(z.int()).optional(),
});

const headColumns = z.object({
  id: z.int(),
  kind: z.enum(JOB_KINDS),
  /** What the job works on, in words for the user: "Sample · python". */
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
export type JobHead = Readonly<z.infer<typeof headRow>>;

const jobRow = headColumns
  .extend({
    /** The request, as written by the version that stored it; the schema of the job's kind reads it. */
    request: jsonColumn(z.unknown()),
    /** What is kept of the outcome; null: not done yet. */
    summary: z.union([z.null(), jsonColumn(z.unknown())]),
  })
  .transform(withProgress);
export type Job = Readonly<z.infer<typeof jobRow>>;

function withProgress<Row extends JobProgress>({ done, total, unit, ...job }: Row) {
  const progress: JobProgress = { done, total, unit };
  return { ...job, progress };
}

const ownedRow = z.object({ id: z.int(), kind: z.enum(JOB_KINDS), pid: z.int(), start: z.string() });

/** Columns for lists, without parameters: those of a thousand jobs would be megabytes. */
const HEAD = `id, kind, subject, state, progress_done AS done, progress_total AS total, progress_unit AS unit, made AS rows,
  error, created_ms AS createdMs, started_ms AS startedMs, finished_ms AS finishedMs, owner_pid AS ownerPid`;
const COLUMNS = `${HEAD}, params AS request, result AS summary`;

/** Condition: the job runs in this process. Takes @id and the owner. */
const RUN_HERE = `id = @id AND state = 'running' AND owner_pid = @pid AND owner_start = @start`;

/** How a run of a job ended, with the last state of its progress. */
type JobEnd = {
  readonly state: 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** undefined: the job was not done. */
  readonly summary: unknown;
  readonly error: ErrorData | null;
  readonly progress: JobProgress;
};

type NewJob = {
  readonly kind: JobKind;
  /** The request as JSON, in the form of its kind. */
  readonly requestJson: string;
  readonly subject: string;
  /** Whether it runs after all others. */
  readonly isBackground: boolean;
};

/** Queues a job for this process; another process takes it only after this one has died. */
export function insertJob(store: Store, { isBackground, ...job }: NewJob, nowMs: number): Job {
  return store.get(
    jobRow,
    `INSERT INTO jobs (kind, params, subject, background, state, created_ms, owner_pid, owner_start)
     VALUES (@kind, @requestJson, @subject, @background, 'queued', @nowMs, @pid, @start) RETURNING ${COLUMNS}`,
    { ...job, background: Number(isBackground), nowMs, ...currentOwner() },
  )!;
}

/** Id of this process's newest unended job with the same request, made in a period; undefined: there is none. */
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

/** A job; undefined: there is none with this id. */
export function getJob(store: Store, id: number): Job | undefined {
  return store.get(jobRow, `SELECT ${COLUMNS} FROM jobs WHERE id = ?`, id);
}

/** The newest `limit` jobs, newest first. */
export function listJobs(store: Store, limit: number): JobHead[] {
  return store.all(headRow, `SELECT ${HEAD} FROM jobs ORDER BY id DESC LIMIT ?`, limit);
}

/** The newest `limit` jobs of a kind, newest first, with request and outcome. */
export function listJobsOfKind(store: Store, kind: JobKind, limit: number): Job[] {
  return store.all(jobRow, `SELECT ${COLUMNS} FROM jobs WHERE kind = ? ORDER BY id DESC LIMIT ?`, kind, limit);
}

/** The oldest queued job of this process or, unless `own`, of a dead one; background jobs last. */
export function nextQueuedJob(store: Store, own: boolean): z.infer<typeof ownedRow> | undefined {
  return queuedJobs(store).find(own ? isThisProcess : mayTake);
}

/**
 * Takes a queued job for this process and marks it as running.
 * @returns undefined: it is not queued (any more), or waits for another living process
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

/** Cancels a queued job. @returns the cancelled job; undefined: it was not queued (any more) */
export function cancelQueuedJob(store: Store, id: number, nowMs: number): Job | undefined {
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'cancelled', finished_ms = max(?, created_ms) WHERE id = ? AND state = 'queued' RETURNING ${COLUMNS}`,
    nowMs,
    id,
  );
}

/** Puts a job that ended without a result back into this process's queue. @returns undefined: it is any other job */
export function requeueJob(store: Store, id: number): Job | undefined {
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'queued', error = NULL, progress_done = 0, progress_total = 0,
       started_ms = NULL, finished_ms = NULL, owner_pid = @pid, owner_start = @start
     WHERE id = @id AND state IN ('failed', 'cancelled', 'interrupted') RETURNING ${COLUMNS}`,
    { id, ...currentOwner() },
  );
}

/** Saves the progress of a job that runs in this process; any other job stays as it is. */
export function saveProgress(store: Store, id: number, progress: JobProgress): void {
  store.run(
    `UPDATE jobs SET progress_done = @done, progress_total = @total, progress_unit = @unit
     WHERE ${RUN_HERE}`,
    { id, ...progress, ...currentOwner() },
  );
}

/** Saves which rows of other tables a job that runs in this process has made; any other job stays as it is. */
export function saveRows(store: Store, id: number, rows: TaskRows): void {
  store.run(`UPDATE jobs SET made = @made WHERE ${RUN_HERE}`, { id, made: JSON.stringify(rows), ...currentOwner() });
}

/**
 * Ends a job that runs in this process, no earlier than it began, whatever the clock says.
 * @returns the job as stored; undefined: this process was taken for dead, and no longer owns the job
 */
export function finishJob(store: Store, id: number, end: JobEnd, nowMs: number): Job | undefined {
  const { state, progress } = end;
  return store.get(
    jobRow,
    `UPDATE jobs SET state = @state, result = @result, error = @error, progress_done = @done, progress_total = @total,
       progress_unit = @unit, finished_ms = max(@nowMs, started_ms) WHERE ${RUN_HERE} RETURNING ${COLUMNS}`,
    {
      id,
      state,
      result: reportJson(end.summary),
      error: reportJson(end.error),
      ...progress,
      nowMs,
      ...currentOwner(),
    },
  );
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

/** A value as JSON. Bigints, such as file sizes, become strings instead of failing. */
function reportJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

// Repository of jobs. Every change of state is one statement that names the state it starts from, so that of two
// processes only one can win.
import { z } from 'zod';
import type { ErrorData } from '../../contract/errors.ts';
import type { Store } from '../store/database.ts';
import { jsonColumn } from '../store/json.ts';
import { currentOwner, interruptOrphans, isOwnerAlive } from '../store/owner.ts';
import {
  errorDataSchema,
  JOB_KINDS,
  JOB_STATES,
  PROGRESS_UNITS,
  type Job,
  type JobId,
  type JobKind,
  type JobProgress,
} from './job.ts';

const jobRow: z.ZodType<Job> = z
  .object({
    id: z.int(),
    kind: z.enum(JOB_KINDS),
    params: jsonColumn(z.unknown()),
    state: z.enum(JOB_STATES),
    done: z.number(),
    total: z.number(),
    unit: z.enum(PROGRESS_UNITS),
    result: z.union([z.null(), jsonColumn(z.unknown())]),
    error: z.union([z.null(), jsonColumn(errorDataSchema)]),
    log: z.string(),
    createdMs: z.number(),
    startedMs: z.number().nullable(),
    finishedMs: z.number().nullable(),
    ownerPid: z.int().nullable(),
  })
  .transform(({ done, total, unit, ...job }) => ({ ...job, progress: { done, total, unit } }));

const ownedRow = z.object({ id: z.int(), pid: z.int(), start: z.string() });

const COLUMNS = `id, kind, params, state, progress_done AS done, progress_total AS total, progress_unit AS unit, result,
  error, log, created_ms AS createdMs, started_ms AS startedMs, finished_ms AS finishedMs, owner_pid AS ownerPid`;

/** How a run of a job ended, with the last state of its progress and log. */
export type JobOutcome = {
  readonly state: 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly result: unknown;
  readonly error: ErrorData | null;
  readonly progress: JobProgress;
  readonly log: string;
};

/** The job waits for this process; another one takes it only after this one has died. */
export function insertJob(store: Store, kind: JobKind, params: unknown, nowMs: number): Job {
  const owner = currentOwner();
  const row = store.get(
    jobRow,
    `INSERT INTO jobs (kind, params, state, created_ms, owner_pid, owner_start) VALUES (?, ?, 'queued', ?, ?, ?)
     RETURNING ${COLUMNS}`,
    kind,
    JSON.stringify(params ?? null),
    nowMs,
    owner.pid,
    owner.start,
  );
  return row!;
}

export function getJob(store: Store, id: JobId): Job | undefined {
  return store.get(jobRow, `SELECT ${COLUMNS} FROM jobs WHERE id = ?`, id);
}

/** Newest first. */
export function listJobs(store: Store): Job[] {
  return store.all(jobRow, `SELECT ${COLUMNS} FROM jobs ORDER BY id DESC`);
}

/** The oldest queued job that waits for this process or for one that has died. */
export function nextQueuedJob(store: Store): JobId | undefined {
  return queuedJobs(store).find(mayTake)?.id;
}

/**
 * Takes a queued job for this process and marks it running.
 * @returns undefined when it is not queued (any more), or waits for another living process
 */
export function claimJob(store: Store, id: JobId, nowMs: number): Job | undefined {
  const queued = queuedJobs(store).find((job) => job.id === id);
  if (!queued || !mayTake(queued)) return undefined;
  const owner = currentOwner();
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'running', started_ms = ?, owner_pid = ?, owner_start = ?
     WHERE id = ? AND state = 'queued' AND owner_pid = ? AND owner_start = ? RETURNING ${COLUMNS}`,
    nowMs,
    owner.pid,
    owner.start,
    id,
    queued.pid,
    queued.start,
  );
}

/** @returns the cancelled job; undefined when it was not queued (any more) */
export function cancelQueuedJob(store: Store, id: JobId, nowMs: number): Job | undefined {
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'cancelled', finished_ms = ? WHERE id = ? AND state = 'queued' RETURNING ${COLUMNS}`,
    nowMs,
    id,
  );
}

/** Puts a job that ended without a result back into this process's queue. @returns undefined for any other job */
export function requeueJob(store: Store, id: JobId): Job | undefined {
  const owner = currentOwner();
  return store.get(
    jobRow,
    `UPDATE jobs SET state = 'queued', error = NULL, log = '', progress_done = 0, progress_total = 0,
       started_ms = NULL, finished_ms = NULL, owner_pid = ?, owner_start = ?
     WHERE id = ? AND state IN ('failed', 'cancelled', 'interrupted') RETURNING ${COLUMNS}`,
    owner.pid,
    owner.start,
    id,
  );
}

export function saveProgress(store: Store, id: JobId, progress: JobProgress, log: string): void {
  store.run(
    `UPDATE jobs SET progress_done = ?, progress_total = ?, progress_unit = ?, log = ?
     WHERE id = ? AND state = 'running'`,
    progress.done,
    progress.total,
    progress.unit,
    log,
    id,
  );
}

export function finishJob(store: Store, id: JobId, outcome: JobOutcome, nowMs: number): Job {
  const { progress } = outcome;
  const row = store.get(
    jobRow,
    `UPDATE jobs SET state = ?, result = ?, error = ?, progress_done = ?, progress_total = ?, progress_unit = ?, log = ?,
       finished_ms = ? WHERE id = ? RETURNING ${COLUMNS}`,
    outcome.state,
    reportJson(outcome.result),
    reportJson(outcome.error),
    progress.done,
    progress.total,
    progress.unit,
    outcome.log,
    nowMs,
    id,
  );
  return row!;
}

/** Marks the running jobs of dead processes. @returns how many */
export function markInterruptedJobs(store: Store, nowMs: number): number {
  return interruptOrphans(store, 'jobs', nowMs);
}

function queuedJobs(store: Store): z.infer<typeof ownedRow>[] {
  return store.all(
    ownedRow,
    `SELECT id, owner_pid AS pid, owner_start AS start FROM jobs WHERE state = 'queued' ORDER BY id`,
  );
}

function mayTake(job: z.infer<typeof ownedRow>): boolean {
  const self = currentOwner();
  return (job.pid === self.pid && job.start === self.start) || !isOwnerAlive(job);
}

/** A report must not fail over a bigint in its details, such as a file size. */
function reportJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

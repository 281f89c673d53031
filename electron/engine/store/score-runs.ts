// Repository of score runs: one pass of a model over an ordered list of demos. What it stores for
// each demo is in demo-scores.ts.
import { z } from 'zod';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { takenDemosSchema, type TakenDemos } from '../../contract/taken-demos.ts';
import type { Store } from './database.ts';
import { canonicalJson, hashJson } from '../base/files/canonical-json.ts';
import { jsonColumn } from './json.ts';
import { currentOwner, interruptOrphans, isOwnerAlive } from './owner.ts';
import { inSlices } from './slices.ts';

const runRow = z.object({
  id: z.int(),
  modelId: z.int(),
  /** Name of the domain when the run began. */
  domain: z.string(),
  settings: jsonColumn(z.unknown()),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
  /** Tokens of all demos, scored or not. */
  tokens: z.int(),
  /** Computing time, summed over all attempts that ended normally. */
  seconds: z.number(),
  demos: z.int(),
  scoredDemos: z.int(),
  /** Whether it collects an importance matrix beside the scores. */
  importance: z.int().transform(Boolean),
  /** The demos that were asked for; null: not known. */
  taken: jsonColumn(takenDemosSchema).nullable(),
});
export type ScoreRun = Readonly<z.infer<typeof runRow>>;

const runDemoSchema = z.object({ hash: z.string(), id: z.string(), tokens: z.int() });
/** A demo's place in a run; `id` is the name that people read, such as "file.jsonl:3". */
export type RunDemo = Readonly<z.infer<typeof runDemoSchema>>;

type NewScoreRun = {
  readonly modelId: number;
  readonly domain: string;
  /** JSON: everything that influences the numbers. */
  readonly settings: unknown;
  readonly demos: readonly RunDemo[];
  /** Whether to collect an importance matrix; default: no. The scores are the same with it. */
  readonly importance?: boolean;
  readonly taken?: TakenDemos;
};

const RUNS = `SELECT id, model_id AS modelId, domain, settings, state, started_ms AS startedMs,
  finished_ms AS finishedMs, seconds, importance, taken, tokens,
  (SELECT count(*) FROM run_demos WHERE run_id = score_runs.id) AS demos,
  (SELECT count(*) FROM demo_scores WHERE run_id = score_runs.id) AS scoredDemos
  FROM score_runs WHERE deleted_ms IS NULL`;

const SAME_DEMOS = `(SELECT json_group_array(demo_hash ORDER BY position) FROM run_demos WHERE run_id = score_runs.id) = json(@demos)`;
const SAME_RUN = `model_id = @modelId AND settings_hash = @hashOfSettings AND ${SAME_DEMOS}`;

/** What makes two runs the same: the model, the hash of the settings, the demos' hashes in their order; by default no importance matrix. */
export type SameRun = [modelId: number, hashOfSettings: string, demoHashes: readonly string[], importance?: boolean];

/** The SHA-256 of settings, hex. Equal settings have equal hashes, whatever the order of their keys. */
export function settingsHash(settings: unknown): string {
  return hashJson(settings);
}

/** Fixes the list of demos and starts the run in this process. */
export function createScoreRun(store: Store, run: NewScoreRun, nowMs: number = Date.now()): ScoreRun {
  const { modelId, domain, demos } = run;
  const settings = canonicalJson(run.settings);
  const tokens = demos.reduce((sum, demo) => sum + demo.tokens, 0);
  return store.transaction(() => {
    const { id } = store.get(
      z.object({ id: z.int() }),
      `INSERT INTO score_runs
         (model_id, domain, settings, settings_hash, state, started_ms, tokens, importance, taken, owner_pid, owner_start)
       VALUES (@modelId, @domain, @settings, @hash, 'running', @nowMs, @tokens, @importance, @taken, @pid, @start)
       RETURNING id`,
      {
        modelId,
        domain,
        settings,
        hash: settingsHash(run.settings),
        nowMs,
        tokens,
        importance: Number(run.importance ?? false),
        taken: run.taken === undefined ? null : canonicalJson(run.taken),
        ...currentOwner(),
      },
    )!;
    demos.forEach((demo, position) => {
      store.run(
        'INSERT INTO run_demos (run_id, position, demo_hash, demo_id, tokens) VALUES (@runId, @position, @hash, @id, @tokens)',
        { runId: id, position, ...demo },
      );
    });
    return getScoreRun(store, id)!;
  });
}

/** The run; undefined: there is none with this id. */
export function getScoreRun(store: Store, id: number): ScoreRun | undefined {
  return store.get(runRow, `${RUNS} AND id = ?`, id);
}

/** All runs, newest first. */
export function listScoreRuns(store: Store): ScoreRun[] {
  return store.all(runRow, `${RUNS} ORDER BY id DESC`);
}

/** The demos of a run, in its order. */
export function listRunDemos(store: Store, runId: number): RunDemo[] {
  return store.all(
    runDemoSchema,
    'SELECT demo_hash AS hash, demo_id AS id, tokens FROM run_demos WHERE run_id = ? ORDER BY position',
    runId,
  );
}

/** The demos that runs of the model scored, each once. @param domain only runs over this domain's demos; empty: of any domain */
export function listScoredDemos(store: Store, modelId: number, domain: string): { hash: string; id: string }[] {
  return store.all(
    runDemoSchema.omit({ tokens: true }),
    `SELECT DISTINCT demo_hash AS hash, demo_id AS id
     FROM run_demos JOIN score_runs ON score_runs.id = run_id WHERE model_id = ? AND ? IN ('', domain)`,
    modelId,
    domain,
  );
}

/**
 * An unfinished run of the same model, settings and demos in the same order that no living process works on; of several,
 * the one with the most scored demos. Call `claimScoreRun` before resuming it.
 * @param importance whether it collects an importance matrix
 */
export function findResumableRun(store: Store, ...same: SameRun): ScoreRun | undefined {
  markInterruptedRuns(store);
  const which = `state IN ('cancelled', 'failed', 'interrupted') AND importance = @importance ORDER BY scoredDemos DESC, id DESC`;
  return findSame(store, same, which);
}

/** The same that a living process works on. @param importance true: only one that collects an importance matrix */
export function findRunningRun(store: Store, ...same: SameRun): ScoreRun | undefined {
  markInterruptedRuns(store);
  return findSame(store, same, `state = 'running' AND importance >= @importance ORDER BY id DESC`);
}

/**
 * The newest finished run of the same model, settings and demos in the same order.
 * @param importance true: only a run that has an importance matrix
 */
export function findDoneRun(store: Store, ...same: SameRun): ScoreRun | undefined {
  return findSame(store, same, `state = 'done' AND importance >= @importance ORDER BY id DESC`);
}

function findSame(
  store: Store,
  [modelId, hashOfSettings, demoHashes, importance = false]: SameRun,
  which: string,
): ScoreRun | undefined {
  const values = { modelId, hashOfSettings, demos: JSON.stringify(demoHashes), importance: Number(importance) };
  return store.get(runRow, `${RUNS} AND ${SAME_RUN} AND ${which} LIMIT 1`, values);
}

/** Runs of the model over these demos in the same order, whatever their settings; newest first. */
export function listRunsOfDemos(store: Store, modelId: number, demoHashes: readonly string[]): ScoreRun[] {
  const values = { modelId, demos: JSON.stringify(demoHashes) };
  return store.all(runRow, `${RUNS} AND model_id = @modelId AND ${SAME_DEMOS} ORDER BY id DESC`, values);
}

/**
 * Takes over an unfinished run.
 * @returns false when another process was quicker
 */
export function claimScoreRun(store: Store, runId: number): boolean {
  const { changes } = store.run(
    `UPDATE score_runs SET state = 'running', finished_ms = NULL, owner_pid = @pid, owner_start = @start
     WHERE id = @runId AND state IN ('cancelled', 'failed', 'interrupted')`,
    { runId, ...currentOwner() },
  );
  return changes === 1;
}

/**
 * Ends this process's work on a run.
 * @param seconds of this attempt; they add up
 */
export function finishScoreRun(
  store: Store,
  runId: number,
  state: Exclude<ScoreRun['state'], 'running'>,
  seconds: number,
  nowMs: number = Date.now(),
): void {
  store.transaction(() => {
    assertRunHeld(store, runId);
    const run = getScoreRun(store, runId)!;
    if (state === 'done' && run.scoredDemos < run.demos) {
      throw new RangeError(`score run ${runId} has scores of ${run.scoredDemos} of ${run.demos} demos`);
    }
    store.run(
      `UPDATE score_runs SET state = @state, finished_ms = max(@nowMs, started_ms), seconds = seconds + @seconds
       WHERE id = @runId`,
      { runId, state, seconds, nowMs },
    );
  });
}

/** Marks the runs of dead processes as interrupted. @returns how many */
export function markInterruptedRuns(store: Store, nowMs: number = Date.now()): number {
  return interruptOrphans(store, 'score_runs', nowMs);
}

/**
 * Hides runs. Their scores may be gigabytes, so they stay until `purgeDeletedRuns`: `restoreScoreRuns` needs no copy.
 * @throws WinnowError USAGE: one of them is being scored; none is deleted then
 */
export function deleteScoreRuns(store: Store, runIds: readonly number[], nowMs: number = Date.now()): void {
  store.transaction(() => {
    markInterruptedRuns(store, nowMs);
    const busy = runIds.map((id) => getScoreRun(store, id)).find((run) => run?.state === 'running');
    if (busy) {
      throw new WinnowError('USAGE', msg('runBusy', { domain: busy.domain }), { runId: busy.id });
    }
    store.run(
      `UPDATE score_runs SET deleted_ms = @nowMs, owner_pid = @pid, owner_start = @start
       WHERE id IN (SELECT value FROM json_each(@runIds)) AND deleted_ms IS NULL`,
      { nowMs, ...currentOwner(), runIds: JSON.stringify(runIds) },
    );
  });
}

/** Removes a run that this process began, with any scores it has. */
export function dropScoreRun(store: Store, runId: number): void {
  store.run('DELETE FROM score_runs WHERE id = ?', runId);
}

/** Undoes `deleteScoreRuns`; only in the process that called it. */
export function restoreScoreRuns(store: Store, runIds: readonly number[]): void {
  store.run(
    'UPDATE score_runs SET deleted_ms = NULL WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(runIds),
  );
}

/** Removes those of the given runs that are marked as deleted, with their scores. */
export async function dropDeletedRuns(store: Store, runIds: readonly number[]): Promise<void> {
  await inSlices(runIds, (id) => store.run('DELETE FROM score_runs WHERE id = ? AND deleted_ms IS NOT NULL', id));
}

/** Removes the deleted runs whose deletion can no longer be undone: the process that deleted them has ended. */
export async function purgeDeletedRuns(store: Store, signal?: AbortSignal): Promise<void> {
  const owned = z.object({ id: z.int(), pid: z.int(), start: z.string() });
  const runs = store
    .all(owned, 'SELECT id, owner_pid AS pid, owner_start AS start FROM score_runs WHERE deleted_ms IS NOT NULL')
    .filter((run) => !isOwnerAlive(run));
  await inSlices(runs, ({ id }) => dropScoreRun(store, id), signal);
}

/** @throws WinnowError STORE when the run does not belong to this process (any more) */
export function assertRunHeld(store: Store, runId: number): void {
  const held = store.get(
    z.object({ id: z.int() }),
    `SELECT id FROM score_runs WHERE id = @runId AND state = 'running' AND owner_pid = @pid AND owner_start = @start`,
    { runId, ...currentOwner() },
  );
  if (held) return;
  throw new WinnowError('STORE', msg('runNotOurs', { run: runId, path: store.path }), { file: store.path, runId });
}

// Repository of plans (which experts to keep) and exports (the files written from them).
import { z } from 'zod';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';
import { currentOwner, interruptOrphans } from './owner.ts';

/** Ascending expert indices, one list per MoE layer. */
const kept = z.array(z.array(z.int().nonnegative()));

const planRow = z.object({
  id: z.int(),
  modelId: z.int(),
  kept: jsonColumn(kept),
  criterion: z.enum(CRITERIA),
  settings: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
export type StoredPlan = Readonly<z.infer<typeof planRow>>;

const exportRow = z.object({
  id: z.int(),
  modelId: z.int(),
  plan: jsonColumn(z.unknown()),
  outputPath: z.string(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  seconds: z.number().nullable(),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
});
export type StoredExport = Readonly<z.infer<typeof exportRow>>;

/** How an export ended. */
export type ExportOutcome =
  | { readonly state: 'done'; readonly bytes: number; readonly sha256: string; readonly seconds: number }
  | { readonly state: 'cancelled' | 'failed' };

const PLAN_COLUMNS = 'id, model_id AS modelId, kept, criterion, settings, created_ms AS createdMs';
const EXPORT_COLUMNS = `id, model_id AS modelId, plan, output_path AS outputPath, bytes, sha256, seconds, state,
  started_ms AS startedMs, finished_ms AS finishedMs`;

/**
 * @param keptExperts ascending expert indices, one list per MoE layer
 * @param settings JSON: everything else that led to the selection
 */
export function addPlan(
  store: Store,
  modelId: number,
  keptExperts: readonly (readonly number[])[],
  criterion: Criterion,
  settings: unknown,
  nowMs: number = Date.now(),
): StoredPlan {
  const row = store.get(
    planRow,
    `INSERT INTO plans (model_id, kept, criterion, settings, created_ms) VALUES (?, ?, ?, ?, ?)
     RETURNING ${PLAN_COLUMNS}`,
    modelId,
    JSON.stringify(keptExperts),
    criterion,
    JSON.stringify(settings),
    nowMs,
  );
  return row!;
}

export function getPlan(store: Store, id: number): StoredPlan | undefined {
  return store.get(planRow, `SELECT ${PLAN_COLUMNS} FROM plans WHERE id = ?`, id);
}

/** Newest first. */
export function listPlans(store: Store, modelId: number): StoredPlan[] {
  return store.all(planRow, `SELECT ${PLAN_COLUMNS} FROM plans WHERE model_id = ? ORDER BY id DESC`, modelId);
}

/** Notes that this process begins to write `outputPath`. `plan` is copied, as JSON. */
export function startExport(
  store: Store,
  modelId: number,
  plan: unknown,
  outputPath: string,
  nowMs: number = Date.now(),
): StoredExport {
  const owner = currentOwner();
  const row = store.get(
    exportRow,
    `INSERT INTO exports (model_id, plan, output_path, state, started_ms, owner_pid, owner_start)
     VALUES (?, ?, ?, 'running', ?, ?, ?) RETURNING ${EXPORT_COLUMNS}`,
    modelId,
    JSON.stringify(plan),
    outputPath,
    nowMs,
    owner.pid,
    owner.start,
  );
  return row!;
}

export function finishExport(store: Store, id: number, outcome: ExportOutcome, nowMs: number = Date.now()): void {
  const file = outcome.state === 'done' ? outcome : { bytes: null, sha256: null, seconds: null };
  store.run(
    'UPDATE exports SET state = ?, bytes = ?, sha256 = ?, seconds = ?, finished_ms = ? WHERE id = ?',
    outcome.state,
    file.bytes,
    file.sha256,
    file.seconds,
    nowMs,
    id,
  );
}

/** Newest first. */
export function listExports(store: Store): StoredExport[] {
  return store.all(exportRow, `SELECT ${EXPORT_COLUMNS} FROM exports ORDER BY id DESC`);
}

/** Marks the exports of dead processes. @returns how many */
export function markInterruptedExports(store: Store, nowMs: number = Date.now()): number {
  return interruptOrphans(store, 'exports', nowMs);
}

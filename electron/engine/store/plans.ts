// Repository of plans: which experts of a model to keep.
import { z } from 'zod';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

const planRow = z.object({
  id: z.int(),
  modelId: z.int(),
  /** Empty: made by the command line. */
  name: z.string(),
  /** Ascending expert indices, one list per MoE layer. */
  kept: jsonColumn(z.array(z.array(z.int().nonnegative()))),
  /** null: an imported mask. */
  criterion: z.enum(CRITERIA).nullable(),
  settings: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
export type StoredPlan = Readonly<z.infer<typeof planRow>>;

export type NewPlan = {
  readonly modelId: number;
  readonly name: string;
  /** Ascending expert indices, one list per MoE layer. */
  readonly kept: readonly (readonly number[])[];
  readonly criterion: Criterion | null;
  /** JSON: everything else that led to the selection. */
  readonly settings: unknown;
};

const COLUMNS = 'id, model_id AS modelId, name, kept, criterion, settings, created_ms AS createdMs';

/** @returns the row with its id */
export function addPlan(store: Store, plan: NewPlan, nowMs: number = Date.now()): StoredPlan {
  const row = store.get(
    planRow,
    `INSERT INTO plans (model_id, name, kept, criterion, settings, created_ms) VALUES (?, ?, ?, ?, ?, ?)
     RETURNING ${COLUMNS}`,
    plan.modelId,
    plan.name,
    JSON.stringify(plan.kept),
    plan.criterion,
    JSON.stringify(plan.settings),
    nowMs,
  );
  return row!;
}

/** undefined: there is no such plan. */
export function getPlan(store: Store, id: number): StoredPlan | undefined {
  return store.get(planRow, `SELECT ${COLUMNS} FROM plans WHERE id = ?`, id);
}

/**
 * Newest first.
 * @param modelId undefined: of all models
 */
export function listPlans(store: Store, modelId?: number): StoredPlan[] {
  return modelId === undefined
    ? store.all(planRow, `SELECT ${COLUMNS} FROM plans ORDER BY id DESC`)
    : store.all(planRow, `SELECT ${COLUMNS} FROM plans WHERE model_id = ? ORDER BY id DESC`, modelId);
}

/** @returns undefined where there is no such plan */
export function renamePlan(store: Store, id: number, name: string): StoredPlan | undefined {
  return store.get(planRow, `UPDATE plans SET name = ? WHERE id = ? RETURNING ${COLUMNS}`, name, id);
}

/** @returns what `restorePlan` takes; undefined where there is no such plan */
export function deletePlan(store: Store, id: number): StoredPlan | undefined {
  return store.get(planRow, `DELETE FROM plans WHERE id = ? RETURNING ${COLUMNS}`, id);
}

/** Brings a deleted plan back under its id. */
export function restorePlan(store: Store, plan: StoredPlan): void {
  store.run(
    'INSERT INTO plans (id, model_id, name, kept, criterion, settings, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
    plan.id,
    plan.modelId,
    plan.name,
    JSON.stringify(plan.kept),
    plan.criterion,
    JSON.stringify(plan.settings),
    plan.createdMs,
  );
}

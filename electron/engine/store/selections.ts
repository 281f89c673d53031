// Repository of selections: which experts of a model to keep.
import { z } from 'zod';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

const selectionRow = z.object({
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
export type StoredSelection = Readonly<z.infer<typeof selectionRow>>;

export type NewSelection = {
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
export function addSelection(store: Store, selection: NewSelection, nowMs: number = Date.now()): StoredSelection {
  const row = store.get(
    selectionRow,
    `INSERT INTO plans (model_id, name, kept, criterion, settings, created_ms) VALUES (?, ?, ?, ?, ?, ?)
     RETURNING ${COLUMNS}`,
    selection.modelId,
    selection.name,
    JSON.stringify(selection.kept),
    selection.criterion,
    JSON.stringify(selection.settings),
    nowMs,
  );
  return row!;
}

/** undefined: there is no such selection. */
export function getSelection(store: Store, id: number): StoredSelection | undefined {
  return store.get(selectionRow, `SELECT ${COLUMNS} FROM plans WHERE id = ?`, id);
}

/**
 * Newest first.
 * @param modelId undefined: of all models
 */
export function listSelections(store: Store, modelId?: number): StoredSelection[] {
  return modelId === undefined
    ? store.all(selectionRow, `SELECT ${COLUMNS} FROM plans ORDER BY id DESC`)
    : store.all(selectionRow, `SELECT ${COLUMNS} FROM plans WHERE model_id = ? ORDER BY id DESC`, modelId);
}

/** @returns undefined where there is no such selection */
export function renameSelection(store: Store, id: number, name: string): StoredSelection | undefined {
  return store.get(selectionRow, `UPDATE plans SET name = ? WHERE id = ? RETURNING ${COLUMNS}`, name, id);
}

/** @returns what `restoreSelection` takes; undefined where there is no such selection */
export function deleteSelection(store: Store, id: number): StoredSelection | undefined {
  return store.get(selectionRow, `DELETE FROM plans WHERE id = ? RETURNING ${COLUMNS}`, id);
}

/** Brings a deleted selection back under its id. */
export function restoreSelection(store: Store, selection: StoredSelection): void {
  store.run(
    'INSERT INTO plans (id, model_id, name, kept, criterion, settings, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
    selection.id,
    selection.modelId,
    selection.name,
    JSON.stringify(selection.kept),
    selection.criterion,
    JSON.stringify(selection.settings),
    selection.createdMs,
  );
}

// Repository of selections: which experts of a model to keep. A stored one never changes, except for its name. An edited choice is
// a series of selections, its states, each of which was changed from an earlier one.
import { z } from 'zod';
import { CRITERIA } from '../../contract/criteria.ts';
import { keptExpertsSchema } from '../../contract/kept-experts.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';
import { deleteRows, type StoredRow } from './stored-rows.ts';

const choice = z.object({
  modelId: z.int(),
  /** Empty: none was given. */
  name: z.string(),
  /** Expert indices in ascending order, one list per MoE layer. */
  kept: jsonColumn(keptExpertsSchema),
  /** null: an imported mask. */
  criterion: z.enum(CRITERIA).nullable(),
  settings: jsonColumn(z.unknown()),
});

const selectionRow = choice.extend({
  id: z.int(),
  createdMs: z.number(),
  /** The choice that this is a state of, by the first state's id. */
  choiceId: z.int(),
  /** The state that it was changed from, which may be deleted; null: it is the first. */
  parentId: z.int().nullable(),
  /** When the user last had it chosen. */
  usedMs: z.number(),
});
export type StoredSelection = Readonly<z.infer<typeof selectionRow>>;

/** `changedFrom` absent: the selection begins a choice of its own. */
export type NewSelection = Readonly<z.infer<typeof choice>> & { readonly changedFrom?: StoredSelection };

const COLUMNS = `id, model_id AS modelId, name, kept, criterion, settings, created_ms AS createdMs,
  coalesce(choice_id, id) AS choiceId, parent_id AS parentId, used_ms AS usedMs`;

/** The last used comes first. */
const ORDER = 'ORDER BY used_ms DESC, id DESC';

/** A state that has a name, or that was written or measured. */
const MEANS_SOMETHING = `(name <> ''
  OR id IN (SELECT plan ->> '$.selectionId' FROM exports WHERE state = 'done')
  OR id IN (SELECT settings ->> '$.selectionId' FROM evaluations)
  OR id IN (SELECT settings ->> '$.selectionId' FROM generation_checks))`;

/** The same, and the last used state of each choice. All other states are history. */
const LISTED = `(${MEANS_SOMETHING}
  OR id IN (SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY coalesce(choice_id, id) ${ORDER}) AS place FROM selections
  ) WHERE place = 1))`;

/** Adds a selection. @returns the row with its id */
export function addSelection(store: Store, selection: NewSelection, nowMs: number = Date.now()): StoredSelection {
  const { modelId, name, kept, criterion, settings, changedFrom } = selection;
  const row = store.get(
    selectionRow,
    `INSERT INTO selections (model_id, name, kept, criterion, settings, created_ms, choice_id, parent_id, used_ms)
     VALUES (@modelId, @name, @kept, @criterion, @settings, @nowMs, @choiceId, @parentId, @nowMs) RETURNING ${COLUMNS}`,
    {
      modelId,
      name,
      criterion,
      nowMs,
      kept: JSON.stringify(kept),
      settings: toJson(settings),
      choiceId: changedFrom?.choiceId ?? null,
      parentId: changedFrom?.id ?? null,
    },
  );
  return row!;
}

/** The selection; undefined: there is none with this id. */
export function getSelection(store: Store, id: number): StoredSelection | undefined {
  return store.get(selectionRow, `SELECT ${COLUMNS} FROM selections WHERE id = ?`, id);
}

/**
 * All states of all choices, the last used first.
 * @param modelId absent: of all models
 */
export function listSelections(store: Store, modelId?: number): StoredSelection[] {
  return modelId === undefined
    ? store.all(selectionRow, `SELECT ${COLUMNS} FROM selections ${ORDER}`)
    : store.all(selectionRow, `SELECT ${COLUMNS} FROM selections WHERE model_id = ? ${ORDER}`, modelId);
}

/** The states that lists show, without history; the last used first. */
export function listedSelections(store: Store): StoredSelection[] {
  return store.all(selectionRow, `SELECT ${COLUMNS} FROM selections WHERE ${LISTED} ${ORDER}`);
}

/** All states of a choice, newest first. */
export function listStates(store: Store, choiceId: number): StoredSelection[] {
  return store.all(
    selectionRow,
    `SELECT ${COLUMNS} FROM selections WHERE coalesce(choice_id, id) = ? ORDER BY id DESC`,
    choiceId,
  );
}

/** Notes that this state is chosen now. @returns whether its choice was in another state before */
export function markUsed(store: Store, { id, choiceId }: StoredSelection, nowMs: number = Date.now()): boolean {
  const last = store.get(
    z.object({ id: z.int() }),
    `SELECT id FROM selections WHERE coalesce(choice_id, id) = ? ${ORDER} LIMIT 1`,
    choiceId,
  );
  store.run('UPDATE selections SET used_ms = max(?, used_ms + 1) WHERE id = ?', nowMs, id);
  return last?.id !== id;
}

/** Renames a selection. @returns undefined if there is none with this id */
export function renameSelection(store: Store, id: number, name: string): StoredSelection | undefined {
  return store.get(selectionRow, `UPDATE selections SET name = ? WHERE id = ? RETURNING ${COLUMNS}`, name, id);
}

/**
 * Deletes a selection. One that is only the last used state of its choice takes the choice's history with it.
 * @returns what `restoreRows` takes; empty if there is no such selection
 */
export function deleteSelection(store: Store, id: number): StoredRow[] {
  const ofChoice = 'coalesce(choice_id, id) = (SELECT coalesce(choice_id, id) FROM selections WHERE id = @id)';
  const isPlace = `NOT EXISTS (SELECT 1 FROM selections WHERE id = @id AND ${MEANS_SOMETHING})`;
  const ids = store.column(
    z.int(),
    `SELECT id FROM selections WHERE id = @id OR (${ofChoice} AND ${isPlace} AND NOT ${LISTED})`,
    { id },
  );
  return deleteRows(store, 'selections', 'id', ids);
}

/** Forgets the oldest history of a choice. @param most the number of newest states that stay, besides those that lists show */
export function trimHistory(store: Store, choiceId: number, most: number): void {
  store.run(
    `DELETE FROM selections WHERE coalesce(choice_id, id) = @choiceId AND NOT ${LISTED} AND id NOT IN (
       SELECT id FROM selections WHERE coalesce(choice_id, id) = @choiceId ORDER BY id DESC LIMIT @most)`,
    { choiceId, most },
  );
}

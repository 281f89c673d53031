// Repository of evaluations: what was measured of which file, and how.
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

const evaluationRow = z.object({
  id: z.int(),
  modelPath: z.string(),
  /** Hash of everything that the numbers depend on; null: not to be found again. */
  measured: z.string().nullable(),
  settings: jsonColumn(z.unknown()),
  result: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
export type StoredEvaluation = Readonly<z.infer<typeof evaluationRow>>;

/** `settings` and `result` are JSON; whoever reads them back knows their form. */
export type NewEvaluation = Pick<StoredEvaluation, 'modelPath' | 'measured' | 'settings' | 'result'>;

const COLUMNS = 'id, model_path AS modelPath, measured, settings, result, created_ms AS createdMs';

export function addEvaluation(store: Store, evaluation: NewEvaluation, nowMs: number = Date.now()): StoredEvaluation {
  const row = store.get(
    evaluationRow,
    `INSERT INTO evaluations (model_path, measured, settings, result, created_ms) VALUES (?, ?, ?, ?, ?)
     RETURNING ${COLUMNS}`,
    evaluation.modelPath,
    evaluation.measured,
    JSON.stringify(evaluation.settings),
    JSON.stringify(evaluation.result),
    nowMs,
  );
  return row!;
}

export function saveEvaluationSettings(store: Store, id: number, settings: unknown): void {
  store.run('UPDATE evaluations SET settings = ? WHERE id = ?', JSON.stringify(settings), id);
}

/** Newest first. */
export function listEvaluations(store: Store): StoredEvaluation[] {
  return store.all(evaluationRow, `SELECT ${COLUMNS} FROM evaluations ORDER BY id DESC`);
}

/** Everything with the same numbers, newest first. */
export function findEvaluations(store: Store, measured: string): StoredEvaluation[] {
  return store.all(evaluationRow, `SELECT ${COLUMNS} FROM evaluations WHERE measured = ? ORDER BY id DESC`, measured);
}

/** @returns what `restoreEvaluations` takes */
export function deleteEvaluations(store: Store, ids: readonly number[]): StoredEvaluation[] {
  return store.all(
    evaluationRow,
    `DELETE FROM evaluations WHERE id IN (SELECT value FROM json_each(?)) RETURNING ${COLUMNS}`,
    JSON.stringify(ids),
  );
}

/** Brings deleted evaluations back under their ids. */
export function restoreEvaluations(store: Store, evaluations: readonly StoredEvaluation[]): void {
  store.transaction(() => {
    for (const { id, modelPath, measured, settings, result, createdMs } of evaluations) {
      store.run(
        'INSERT INTO evaluations (id, model_path, measured, settings, result, created_ms) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        modelPath,
        measured,
        JSON.stringify(settings),
        JSON.stringify(result),
        createdMs,
      );
    }
  });
}

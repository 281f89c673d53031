// Repository of evaluations: what was measured of which file, and how.
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

const evaluationRow = z.object({
  id: z.int(),
  modelPath: z.string(),
  settings: jsonColumn(z.unknown()),
  result: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
export type StoredEvaluation = Readonly<z.infer<typeof evaluationRow>>;

const COLUMNS = 'id, model_path AS modelPath, settings, result, created_ms AS createdMs';

/** @param settings, result: JSON; whoever reads them back knows their form */
export function addEvaluation(
  store: Store,
  modelPath: string,
  settings: unknown,
  result: unknown,
  nowMs: number = Date.now(),
): StoredEvaluation {
  const row = store.get(
    evaluationRow,
    `INSERT INTO evaluations (model_path, settings, result, created_ms) VALUES (?, ?, ?, ?) RETURNING ${COLUMNS}`,
    modelPath,
    JSON.stringify(settings),
    JSON.stringify(result),
    nowMs,
  );
  return row!;
}

/** Newest first. */
export function listEvaluations(store: Store): StoredEvaluation[] {
  return store.all(evaluationRow, `SELECT ${COLUMNS} FROM evaluations ORDER BY id DESC`);
}

// Repository of generation checks: what a model wrote on a set of prompts, and what follows from it.
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

const checkRow = z.object({
  id: z.int(),
  modelPath: z.string(),
  /** Hash of everything that the completions depend on. */
  measured: z.string(),
  settings: jsonColumn(z.unknown()),
  result: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
/** Without its texts. */
export type StoredGenerationCheck = Readonly<z.infer<typeof checkRow>>;

const deletedRow = checkRow.extend({ settings: z.string(), result: z.string(), texts: z.string() });
/** All that is needed to bring a check back, as it was stored. */
export type DeletedGenerationCheck = Readonly<z.infer<typeof deletedRow>>;

/** `settings`, `result` and `texts` are JSON; whoever reads them back knows their form. */
export type NewGenerationCheck = Pick<StoredGenerationCheck, 'modelPath' | 'measured' | 'settings' | 'result'> & {
  readonly texts: unknown;
};

const idRow = z.object({ id: z.int() });
const COLUMNS = 'id, model_path AS modelPath, measured, settings, result, created_ms AS createdMs';

/** @returns its id */
export function addGenerationCheck(store: Store, check: NewGenerationCheck, nowMs: number = Date.now()): number {
  const row = store.get(
    idRow,
    `INSERT INTO generation_checks (model_path, measured, settings, result, texts, created_ms)
     VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
    check.modelPath,
    check.measured,
    JSON.stringify(check.settings),
    JSON.stringify(check.result),
    JSON.stringify(check.texts),
    nowMs,
  );
  return row!.id;
}

/** Says anew what the completions were made for, and what follows from them. */
export function updateGenerationCheck(
  store: Store,
  id: number,
  { settings, result }: Pick<StoredGenerationCheck, 'settings' | 'result'>,
): void {
  const columns = [JSON.stringify(settings), JSON.stringify(result)];
  store.run('UPDATE generation_checks SET settings = ?, result = ? WHERE id = ?', ...columns, id);
}

/** Newest first. */
export function listGenerationChecks(store: Store): StoredGenerationCheck[] {
  return store.all(checkRow, `SELECT ${COLUMNS} FROM generation_checks ORDER BY id DESC`);
}

/** Everything with the same completions, newest first. */
export function findGenerationChecks(store: Store, measured: string): StoredGenerationCheck[] {
  return store.all(checkRow, `SELECT ${COLUMNS} FROM generation_checks WHERE measured = ? ORDER BY id DESC`, measured);
}

export function getGenerationCheck(store: Store, id: number): StoredGenerationCheck | undefined {
  return store.get(checkRow, `SELECT ${COLUMNS} FROM generation_checks WHERE id = ?`, id);
}

/** @returns undefined where there is no such check */
export function getGenerationTexts(store: Store, id: number): unknown {
  const row = z.object({ texts: jsonColumn(z.unknown()) });
  return store.get(row, 'SELECT texts FROM generation_checks WHERE id = ?', id)?.texts;
}

/** @returns what `restoreGenerationChecks` takes */
export function deleteGenerationChecks(store: Store, ids: readonly number[]): DeletedGenerationCheck[] {
  return store.all(
    deletedRow,
    `DELETE FROM generation_checks WHERE id IN (SELECT value FROM json_each(?)) RETURNING ${COLUMNS}, texts`,
    JSON.stringify(ids),
  );
}

/** Brings deleted checks back under their ids. */
export function restoreGenerationChecks(store: Store, checks: readonly DeletedGenerationCheck[]): void {
  store.transaction(() => {
    for (const { id, modelPath, measured, settings, result, createdMs, texts } of checks) {
      store.run(
        `INSERT INTO generation_checks (id, model_path, measured, settings, result, created_ms, texts)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[id, modelPath, measured, settings, result, createdMs, texts],
      );
    }
  });
}

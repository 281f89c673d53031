// Deletes rows in a way that can be undone: they stay in memory as they were stored.
import { z } from 'zod';
import type { Store } from './database.ts';

const storedRow = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
/** A row by the names of its columns. */
export type StoredRow = Readonly<z.infer<typeof storedRow>>;

type UndoableTable = 'demos' | 'held_out_texts' | 'evaluations' | 'generation_checks' | 'selections';

/** Deletes the rows with these values in a column. @returns what `restoreRows` takes */
export function deleteRows(
  store: Store,
  table: UndoableTable,
  column: 'id' | 'domain_id',
  values: readonly number[],
): StoredRow[] {
  return store.all(
    storedRow,
    `DELETE FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?)) RETURNING *`,
    JSON.stringify(values),
  );
}

/** Brings rows back under their ids. What holds the same by now stays as it is. */
export function restoreRows(store: Store, table: UndoableTable, rows: readonly StoredRow[]): void {
  store.transaction(() => {
    for (const row of rows) {
      const names = Object.keys(row);
      store.run(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (@${names.join(', @')}) ON CONFLICT DO NOTHING`,
        row,
      );
    }
  });
}

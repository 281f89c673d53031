// Repository of what was measured of models, and of what they wrote on prompts: two tables of one form.
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

/** `generation_checks` have texts too, which lists do not read. */
export type MeasurementTable = 'evaluations' | 'generation_checks';

/** For what it was measured: variants beside their full model, a study of many choices, the search for the best file. */
const MEASUREMENT_KINDS = ['comparison', 'study', 'fit'] as const;
export type MeasurementKind = (typeof MEASUREMENT_KINDS)[number];

const measurementRow = z.object({
  id: z.int(),
  /** null: a generation check. */
  kind: z.enum(MEASUREMENT_KINDS).nullable(),
  modelPath: z.string(),
  /** Hash of everything that the result depends on; null: not to be found again. */
  measured: z.string().nullable(),
  settings: jsonColumn(z.unknown()),
  result: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
export type StoredMeasurement = Readonly<z.infer<typeof measurementRow>>;

/** JSON; whoever reads it back knows its form. */
type NewMeasurement = Omit<StoredMeasurement, 'id' | 'createdMs'> & {
  /** Texts of a generation check; other measurements have none. */
  readonly texts?: unknown;
};

/** Texts may be large: they stay as they were stored. */
const deletedRow = measurementRow.extend({ texts: z.string().exactOptional() });
/** All that is needed to bring a row back. */
type DeletedMeasurement = Readonly<z.infer<typeof deletedRow>>;

function columnsOf(table: MeasurementTable): string {
  const kind = table === 'evaluations' ? 'kind' : 'NULL AS kind';
  return `id, ${kind}, model_path AS modelPath, measured, settings, result, created_ms AS createdMs`;
}

/** @returns the row with its id */
export function addMeasurement(
  store: Store,
  table: MeasurementTable,
  { texts, ...row }: NewMeasurement,
  nowMs: number = Date.now(),
): StoredMeasurement {
  const textsJson = texts === undefined ? undefined : toJson(texts);
  return insert(store, table, { ...row, createdMs: nowMs }, textsJson);
}

/** Says anew what was measured, and what follows from it. */
export function updateMeasurement(
  store: Store,
  table: MeasurementTable,
  id: number,
  { settings, result }: Pick<StoredMeasurement, 'settings' | 'result'>,
): void {
  const columns = [toJson(settings), toJson(result)];
  store.run(`UPDATE ${table} SET settings = ?, result = ? WHERE id = ?`, ...columns, id);
}

/** Newest first. @param kind of evaluations; null: all of them */
export function listMeasurements(
  store: Store,
  table: MeasurementTable,
  kind: MeasurementKind | null = null,
): StoredMeasurement[] {
  const select = `SELECT ${columnsOf(table)} FROM ${table}`;
  return kind === null
    ? store.all(measurementRow, `${select} ORDER BY id DESC`)
    : store.all(measurementRow, `${select} WHERE kind = ? ORDER BY id DESC`, kind);
}

/** Everything with the same result, newest first. */
export function findMeasurements(store: Store, table: MeasurementTable, measured: string): StoredMeasurement[] {
  return store.all(
    measurementRow,
    `SELECT ${columnsOf(table)} FROM ${table} WHERE measured = ? ORDER BY id DESC`,
    measured,
  );
}

/** undefined: there is no such row. */
export function getMeasurement(store: Store, table: MeasurementTable, id: number): StoredMeasurement | undefined {
  return store.get(measurementRow, `SELECT ${columnsOf(table)} FROM ${table} WHERE id = ?`, id);
}

/** @returns undefined where there is no such check */
export function getGenerationTexts(store: Store, id: number): unknown {
  const row = z.object({ texts: jsonColumn(z.unknown()) });
  return store.get(row, 'SELECT texts FROM generation_checks WHERE id = ?', id)?.texts;
}

/** @returns what `restoreMeasurements` takes */
export function deleteMeasurements(
  store: Store,
  table: MeasurementTable,
  ids: readonly number[],
): DeletedMeasurement[] {
  const columns = table === 'generation_checks' ? `${columnsOf(table)}, texts` : columnsOf(table);
  return store.all(
    deletedRow,
    `DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?)) RETURNING ${columns}`,
    JSON.stringify(ids),
  );
}

/** Brings deleted rows back under their ids. */
export function restoreMeasurements(store: Store, table: MeasurementTable, rows: readonly DeletedMeasurement[]): void {
  store.transaction(() => {
    for (const { texts, ...row } of rows) insert(store, table, row, texts);
  });
}

/** @param row without an id it gets the next one */
function insert(
  store: Store,
  table: MeasurementTable,
  {
    id,
    kind,
    modelPath,
    measured,
    settings,
    result,
    createdMs,
  }: Omit<StoredMeasurement, 'id'> & { readonly id?: number },
  texts: string | undefined,
): StoredMeasurement {
  const columns = {
    id: id ?? null,
    model_path: modelPath,
    measured,
    settings: toJson(settings),
    result: toJson(result),
    created_ms: createdMs,
    ...(kind !== null && { kind }),
    ...(texts !== undefined && { texts }),
  };
  const names = Object.keys(columns);
  return store.get(
    measurementRow,
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (@${names.join(', @')}) RETURNING ${columnsOf(table)}`,
    columns,
  )!;
}

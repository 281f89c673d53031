// Repository of measurements of models, and of what models wrote on prompts: two tables of one form.
import { z } from 'zod';
import { canonicalJson } from '../base/files/canonical-json.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

/** `generation_checks` also have texts, which lists do not read. */
type MeasurementTable = 'evaluations' | 'generation_checks';

/** The purpose of a measurement: variants compared with their full model, or the search for the best file. */
const MEASUREMENT_KINDS = ['comparison', 'fit'] as const;
type MeasurementKind = (typeof MEASUREMENT_KINDS)[number];

const measurementRow = z.object({
  id: z.int(),
  /** null: a generation check. */
  kind: z.enum(MEASUREMENT_KINDS).nullable(),
  /** Hash of everything that the result depends on; null: the result cannot be found again. */
  measured: z.string().nullable(),
  settings: jsonColumn(z.unknown()),
  result: jsonColumn(z.unknown()),
  createdMs: z.number(),
});
type StoredMeasurement = Readonly<z.infer<typeof measurementRow>>;

/** A measurement with settings and result as JSON, in a form that its reader knows. */
type NewMeasurement = Omit<StoredMeasurement, 'id' | 'createdMs'> & {
  /** Texts of a generation check; other measurements have none. */
  readonly texts?: unknown;
};

function columnsOf(table: MeasurementTable): string {
  const kind = table === 'evaluations' ? 'kind' : 'NULL AS kind';
  return `id, ${kind}, measured, settings, result, created_ms AS createdMs`;
}

/** Adds a measurement. @returns the row with its id */
export function addMeasurement(
  store: Store,
  table: MeasurementTable,
  { texts, ...row }: NewMeasurement,
  nowMs: number = Date.now(),
): StoredMeasurement {
  const columns = {
    measured: row.measured,
    settings: toJson(row.settings),
    result: toJson(row.result),
    created_ms: nowMs,
    ...(row.kind !== null && { kind: row.kind }),
    ...(texts !== undefined && { texts: toJson(texts) }),
  };
  const names = Object.keys(columns);
  return store.get(
    measurementRow,
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (@${names.join(', @')}) RETURNING ${columnsOf(table)}`,
    columns,
  )!;
}

/** Replaces what was measured, and what follows from it. */
function updateMeasurement(
  store: Store,
  table: MeasurementTable,
  id: number,
  settings: unknown,
  result: unknown,
): void {
  const columns = [toJson(settings), toJson(result)];
  store.run(`UPDATE ${table} SET settings = ?, result = ? WHERE id = ?`, ...columns, id);
}

/** The measurements of a table, newest first. @param kind only evaluations of this kind; null: all */
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

/** All measurements with the same hash, newest first. */
export function findMeasurements(store: Store, table: MeasurementTable, measured: string): StoredMeasurement[] {
  return store.all(
    measurementRow,
    `SELECT ${columnsOf(table)} FROM ${table} WHERE measured = ? ORDER BY id DESC`,
    measured,
  );
}

function getMeasurement(store: Store, table: MeasurementTable, id: number): StoredMeasurement | undefined {
  return store.get(measurementRow, `SELECT ${columnsOf(table)} FROM ${table} WHERE id = ?`, id);
}

/** The texts of a generation check; undefined: there is no such check. */
export function getGenerationTexts(store: Store, id: number): unknown {
  const row = z.object({ texts: jsonColumn(z.unknown()) });
  return store.get(row, 'SELECT texts FROM generation_checks WHERE id = ?', id)?.texts;
}

/** The form of a ledger's entries. */
type LedgerForm<Settings, Result> = {
  readonly table: MeasurementTable;
  /** The kind of its rows; null: generation checks have no kinds. */
  readonly kind: MeasurementKind | null;
  readonly settings: z.ZodType<Settings>;
  readonly result: z.ZodType<Result>;
  /** The JSON that distinguishes entries with the same result. */
  readonly identityOf: (settings: Settings) => unknown;
};

type NewEntry<Settings, Result> = {
  /** SHA-256 of everything that the result depends on, hex. */
  readonly measured: string;
  readonly settings: Settings;
  readonly result: Result;
  /** Texts of a generation check; if absent, those stored with the same result. */
  readonly texts?: unknown;
};

/** An entry; `measured` null: it cannot be found again. */
export type LedgerEntry<Settings, Result> = Pick<StoredMeasurement, 'id' | 'measured' | 'createdMs'> & {
  readonly settings: Settings;
  readonly result: Result;
};

/**
 * Results of long work on models, kept under a hash of everything that they depend on, so that nothing is done twice. The
 * same result may apply to several variants: an entry is a result together with what it was made for.
 */
export class Ledger<Settings, Result> {
  readonly #store: Store;
  readonly #form: LedgerForm<Settings, Result>;

  constructor(store: Store, form: LedgerForm<Settings, Result>) {
    this.#store = store;
    this.#form = form;
  }

  /** A stored result that suits, whatever it was made for; null: none. */
  find(
    measured: string,
    suits: (result: Result) => boolean = () => true,
  ): { readonly id: number; readonly result: Result } | null {
    for (const { id, result } of findMeasurements(this.#store, this.#form.table, measured)) {
      const read = this.#form.result.safeParse(result);
      if (read.success && suits(read.data)) return { id, result: read.data };
    }
    return null;
  }

  /** @returns the entry's number. An existing entry is updated, for instance when a selection was renamed */
  keep({ measured, settings, result, texts }: NewEntry<Settings, Result>): number {
    const { table, kind, identityOf } = this.#form;
    const known = findMeasurements(this.#store, table, measured);
    const identity = canonicalJson(identityOf(settings));
    const own = known
      .map((row) => this.#read(row))
      .find((row) => row && canonicalJson(identityOf(row.settings)) === identity);
    if (!own) {
      const before =
        table === 'generation_checks' && known[0] ? getGenerationTexts(this.#store, known[0].id) : undefined;
      const row = { kind, measured, settings, result, texts: texts ?? before };
      return addMeasurement(this.#store, table, row).id;
    }
    const isNews = canonicalJson([own.settings, own.result]) !== canonicalJson([settings, result]);
    if (isNews) updateMeasurement(this.#store, table, own.id, settings, result);
    return own.id;
  }

  /** All entries of this form, newest first. */
  list(): LedgerEntry<Settings, Result>[] {
    return listMeasurements(this.#store, this.#form.table, this.#form.kind)
      .map((row) => this.#read(row))
      .filter((entry) => entry !== null);
  }

  /** The entry; null: there is none of this form. */
  get(id: number): LedgerEntry<Settings, Result> | null {
    const row = getMeasurement(this.#store, this.#form.table, id);
    return row ? this.#read(row) : null;
  }

  #read({ id, kind, measured, createdMs, settings, result }: StoredMeasurement): LedgerEntry<Settings, Result> | null {
    if (kind !== this.#form.kind) return null;
    const about = this.#form.settings.safeParse(settings);
    const figures = this.#form.result.safeParse(result);
    return about.success && figures.success
      ? { id, measured, createdMs, settings: about.data, result: figures.data }
      : null;
  }
}

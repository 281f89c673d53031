// Repository of measurements of models, and of what models wrote on prompts: two tables of one form.
import { z } from 'zod';
import { canonicalJson } from '../base/files/canonical-json.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

/** `generation_checks` also have texts, which lists do not read. */
type MeasurementTable = 'evaluations' | 'generation_checks';

/** The purpose of a measurement: variants compared with their full model, a study of many selections, the search for the best file. */
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

export type LedgerEntry<Settings, Result> = {
  readonly id: number;
  /** null: it cannot be found again. */
  readonly measured: string | null;
  readonly createdMs: number;
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
    for (const { id, result } of this.#measured(measured)) {
      const read = this.#form.result.safeParse(result);
      if (read.success && suits(read.data)) return { id, result: read.data };
    }
    return null;
  }

  /** @returns the entry's number. An existing entry is updated, for instance when a selection was renamed */
  keep({ measured, settings, result, texts }: NewEntry<Settings, Result>): number {
    const { table, kind, identityOf } = this.#form;
    const rows = this.#measured(measured);
    const identity = canonicalJson(identityOf(settings));
    const own = rows
      .map((row) => this.#read(row))
      .find((row) => row && canonicalJson(identityOf(row.settings)) === identity);
    const columns = { settings: toJson(settings), result: toJson(result) };
    if (own) {
      const isNews = canonicalJson([own.settings, own.result]) !== canonicalJson([settings, result]);
      const update = `UPDATE ${table} SET settings = @settings, result = @result WHERE id = @id`;
      if (isNews) this.#store.run(update, { ...columns, id: own.id });
      return own.id;
    }
    const row = {
      ...columns,
      ...{ measured, created_ms: Date.now() },
      ...(kind === null
        ? { texts: toJson(texts ?? (rows[0] && getGenerationTexts(this.#store, rows[0].id))) }
        : { kind }),
    };
    const names = Object.keys(row);
    const insert = `INSERT INTO ${table} (${names.join(', ')}) VALUES (@${names.join(', @')}) RETURNING id`;
    return this.#store.get(z.object({ id: z.int() }), insert, row)!.id;
  }

  /** All entries of this form, newest first. */
  list(): LedgerEntry<Settings, Result>[] {
    return this.#rows('kind IS ?', this.#form.kind)
      .map((row) => this.#read(row))
      .filter((entry) => entry !== null);
  }

  /** The entry; null: there is none of this form. */
  get(id: number): LedgerEntry<Settings, Result> | null {
    const [row] = this.#rows('id = ?', id);
    return row ? this.#read(row) : null;
  }

  /** All measurements with this hash, of whatever form. */
  #measured(measured: string): StoredMeasurement[] {
    return this.#rows('measured = ?', measured);
  }

  /** Rows of the table, newest first. */
  #rows(condition: string, value: string | number | null): StoredMeasurement[] {
    const { table } = this.#form;
    const columns = `id, ${table === 'evaluations' ? 'kind' : 'NULL AS kind'}, measured, settings, result, created_ms AS createdMs`;
    const select = `SELECT ${columns} FROM ${table} WHERE ${condition} ORDER BY id DESC`;
    return this.#store.all(measurementRow, select, value);
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

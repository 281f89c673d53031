// Results of long work on models, kept under a hash of everything that they depend on, so that nothing is done twice. The
// same result may stand for several variants: an entry is a result and what it was got for.
import type { z } from 'zod';
import { canonicalJson } from '../base/files/canonical-json.ts';
import type { Store } from './database.ts';
import {
  addMeasurement,
  findMeasurements,
  getGenerationTexts,
  getMeasurement,
  listMeasurements,
  updateMeasurement,
  type MeasurementKind,
  type MeasurementTable,
  type StoredMeasurement,
} from './measurements.ts';

/** What the entries of a ledger look like. */
export type LedgerForm<Settings, Result> = {
  readonly table: MeasurementTable;
  /** The kind of its own rows; null: checks of answers are of one kind. */
  readonly kind: MeasurementKind | null;
  readonly settings: z.ZodType<Settings>;
  readonly result: z.ZodType<Result>;
  /** What tells entries with the same result apart: JSON. */
  readonly identityOf: (settings: Settings) => unknown;
};

export type NewEntry<Settings, Result> = {
  readonly modelPath: string;
  /** SHA-256 of everything that the result depends on, hex. */
  readonly measured: string;
  readonly settings: Settings;
  readonly result: Result;
  /** Texts of a generation check; without them, those stored with the same result. */
  readonly texts?: unknown;
};

/** `measured` null: of an older version, and not to be found again. */
export type LedgerEntry<Settings, Result> = Pick<StoredMeasurement, 'id' | 'measured' | 'createdMs'> & {
  readonly settings: Settings;
  readonly result: Result;
};

export class Ledger<Settings, Result> {
  readonly #store: Store;
  readonly #form: LedgerForm<Settings, Result>;

  constructor(store: Store, form: LedgerForm<Settings, Result>) {
    this.#store = store;
    this.#form = form;
  }

  /** A result that is there already and suits, whatever it was got for. */
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

  /** @returns the entry's number; there may have been one, which then says what is new: a selection may have been renamed */
  keep({ modelPath, measured, settings, result, texts }: NewEntry<Settings, Result>): number {
    const { table, kind, identityOf } = this.#form;
    const known = findMeasurements(this.#store, table, measured);
    const identity = canonicalJson(identityOf(settings));
    const own = known
      .map((row) => this.#read(row))
      .find((row) => row && canonicalJson(identityOf(row.settings)) === identity);
    if (!own) {
      const before =
        table === 'generation_checks' && known[0] ? getGenerationTexts(this.#store, known[0].id) : undefined;
      const row = { kind, modelPath, measured, settings, result, texts: texts ?? before };
      return addMeasurement(this.#store, table, row).id;
    }
    const isNews = canonicalJson([own.settings, own.result]) !== canonicalJson([settings, result]);
    if (isNews) updateMeasurement(this.#store, table, own.id, { settings, result });
    return own.id;
  }

  /** Newest first, without what has another form. */
  list(): LedgerEntry<Settings, Result>[] {
    return listMeasurements(this.#store, this.#form.table, this.#form.kind)
      .map((row) => this.#read(row))
      .filter((entry) => entry !== null);
  }

  /** @returns null where there is none of this form */
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

// The questions that are asked once about files of examples before they are added: where they go, and what their columns
// hold if the names do not say it.
import type { Domain, ExaminedFile } from '../../electron/contract/api/demos.ts';
import type { ColumnRole, ColumnRoles } from '../../electron/contract/demo.ts';
import { createQuestion } from './question.ts';

/** The demos or the held-out texts of a set. `domainId` null: a set that is made for them. */
export type ImportTarget = {
  readonly kind: 'demos' | 'texts';
  readonly domainId: number | null;
  readonly domain: string;
};

export type NamedFile = ExaminedFile & { readonly name: string };

export type ImportQuestion = {
  readonly files: readonly NamedFile[];
  /** Where the files can go, the likeliest first; a single target needs no question. */
  readonly targets: readonly [ImportTarget, ...ImportTarget[]];
  readonly domains: readonly Domain[];
};

/** `columns`, by grant: what those of tables hold that do not say it themselves. */
export type ImportAnswer = {
  readonly target: ImportTarget;
  readonly columns: Readonly<Record<string, ColumnRoles>>;
};

/** The answer null means that nothing is to be added. */
export const { ask: askImport, useQuestion: useImportQuestion } = createQuestion<ImportQuestion, ImportAnswer>();

/** Files with the same columns, which hold the same things. */
export type Table = {
  readonly key: string;
  readonly files: readonly NamedFile[];
  readonly columns: ExaminedFile['columns'];
};

/** Returns the files whose columns have to be asked for, as tables. */
export function toTables(files: readonly NamedFile[]): readonly Table[] {
  const unclear = files.filter(({ columns }) => columns.length > 0);
  const byColumns = Map.groupBy(unclear, ({ columns }) => JSON.stringify(columns.map(({ name }) => name)));
  return [...byColumns].map(([key, same]) => ({ key, files: same, columns: same[0]?.columns ?? [] }));
}

/** What each table's columns hold; null: the column is ignored. */
export type RolesOfTables = Readonly<Record<string, Readonly<Record<string, ColumnRole | null>>>>;

/** Returns the roles that the names of the columns suggest. */
export function knownRoles(tables: readonly Table[]): RolesOfTables {
  return Object.fromEntries(
    tables.map(({ key, columns }) => [key, Object.fromEntries(columns.map(({ name, role }) => [name, role]))]),
  );
}

/** Whether rows can become examples: there is a prompt or a text. */
export function holdExamples(roles: RolesOfTables[string] | undefined): boolean {
  return Object.values(roles ?? {}).some((role) => role === 'prompt' || role === 'text');
}

/** Returns the roles by the grants of the tables' files. */
export function columnsByGrant(tables: readonly Table[], roles: RolesOfTables): ImportAnswer['columns'] {
  return Object.fromEntries(
    tables.flatMap(({ key, files }) => {
      const used = Object.entries(roles[key] ?? {}).flatMap(([name, role]) => (role === null ? [] : [[name, role]]));
      const columns = Object.fromEntries(used) as ColumnRoles;
      return files.map(({ grant }) => [grant, columns]);
    }),
  );
}

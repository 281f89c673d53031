// What is asked once about files of examples before they are added: where they go, what their columns hold where their names do
// not say it, and which of the two a document is that may be an example, or hold some.
import type { Domain, ExaminedFile } from '../../electron/contract/api/demos.ts';
import type { ColumnRole, ColumnRoles, DocumentUse, ReadAs, UnclearDocument } from '../../electron/contract/demo.ts';
import { createQuestion } from './question.ts';

/** A set's demos or held-out texts. `domainId` is null for a set that is made for them. */
export type ImportTarget = {
  readonly kind: 'demos' | 'texts';
  readonly domainId: number | null;
  readonly domain: string;
};

export type NamedFile = ExaminedFile & { readonly name: string };

export type ImportQuestion = {
  readonly files: readonly NamedFile[];
  /** Where they can go, the likeliest first; one: that is no question. */
  readonly targets: readonly [ImportTarget, ...ImportTarget[]];
  readonly domains: readonly Domain[];
};

/** `as` by grant: of those files that did not say themselves how they are read. */
export type ImportAnswer = {
  readonly target: ImportTarget;
  readonly as: Readonly<Record<string, ReadAs>>;
};

/** Answered by null, nothing is to be added. */
export const { ask: askImport, useQuestion: useImportQuestion } = createQuestion<ImportQuestion, ImportAnswer>();

/** Files with the same columns, which hold the same. */
export type Table = {
  readonly key: string;
  readonly files: readonly NamedFile[];
  readonly columns: ExaminedFile['columns'];
};

/** Those of the files whose columns have to be asked for. */
export function tablesOf(files: readonly NamedFile[]): readonly Table[] {
  const unclear = files.filter(({ columns }) => columns.length > 0);
  const byColumns = Map.groupBy(unclear, ({ columns }) => JSON.stringify(columns.map(({ name }) => name)));
  return [...byColumns].map(([key, same]) => ({ key, files: same, columns: same[0]?.columns ?? [] }));
}

/** What each table's columns hold; null: ignored. */
export type RolesOfTables = Readonly<Record<string, Readonly<Record<string, ColumnRole | null>>>>;

/** As their names say. */
export function knownRoles(tables: readonly Table[]): RolesOfTables {
  return Object.fromEntries(
    tables.map(({ key, columns }) => [key, Object.fromEntries(columns.map(({ name, role }) => [name, role]))]),
  );
}

/** Whether rows can become examples: with a prompt, or a text. */
export function holdExamples(roles: RolesOfTables[string] | undefined): boolean {
  return Object.values(roles ?? {}).some((role) => role === 'prompt' || role === 'text');
}

/** By the grants of the tables' files. */
export function columnsByGrant(tables: readonly Table[], roles: RolesOfTables): ImportAnswer['as'] {
  return Object.fromEntries(
    tables.flatMap(({ key, files }) => {
      const used = Object.entries(roles[key] ?? {}).flatMap(([name, role]) => (role === null ? [] : [[name, role]]));
      const columns = Object.fromEntries(used) as ColumnRoles;
      return files.map(({ grant }) => [grant, { columns }]);
    }),
  );
}

/** Documents of one form, which are used alike. */
export type UnclearFiles = {
  readonly key: string;
  readonly files: readonly NamedFile[];
  /** The first one's. */
  readonly document: UnclearDocument;
  /** In all of them. */
  readonly rows: number;
};

/** Those of the files that may be an example, or hold some. */
export function unclearFilesOf(files: readonly NamedFile[]): readonly UnclearFiles[] {
  const unclear = files.flatMap((file) => (file.document === null ? [] : [{ file, document: file.document }]));
  const byForm = Map.groupBy(unclear, ({ document: { fields, list } }) => JSON.stringify([fields, list]));
  return [...byForm].flatMap(([key, [first, ...others]]) => {
    if (first === undefined) return [];
    const same = [first, ...others];
    const rows = same.reduce((sum, { document }) => sum + document.rows, 0);
    return [{ key, files: same.map(({ file }) => file), document: first.document, rows }];
  });
}

/** What is taken of each form of document; none: not said yet. */
export type UsesOfDocuments = Readonly<Record<string, DocumentUse>>;

/** By the grants of the documents. */
export function usesByGrant(unclear: readonly UnclearFiles[], uses: UsesOfDocuments): ImportAnswer['as'] {
  return Object.fromEntries(
    unclear.flatMap(({ key, files }) => {
      const document = uses[key];
      return document === undefined ? [] : files.map(({ grant }) => [grant, { document }]);
    }),
  );
}

// Looks at a file of examples before it is imported: whether its columns are understood.
import type { ExaminedFile } from '../../contract/api/demos.ts';
import type { DemoFormat } from '../../contract/demo.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { summarise } from '../base/content/documents.ts';
import { readingDemoFile } from './import.ts';
import { roleOfColumn, rowToContent, usefulColumns } from './normalise.ts';
import { isBlank, isRecord, toPlain, Unusable } from './plain.ts';
import type { WantedColumns } from './reader-calls.ts';

/** Rows that are examined. If the columns are understood in none of them, the file is not understood. */
const EXAMINED_ROWS = 50;
/** Rows, columns and characters of a table that are shown. */
const SHOWN_ROWS = 3;
const SHOWN_COLUMNS = 24;
const SHOWN_CHARS = 200;
/** Columnar formats: readers return the known columns unless asked for more. */
const COLUMNAR: ReadonlySet<DemoFormat> = new Set<DemoFormat>(['parquet', 'arrow']);
const TABLES: ReadonlySet<DemoFormat> = new Set<DemoFormat>(['csv', 'jsonl', 'json', ...COLUMNAR]);

/**
 * Examines the first rows of a file; if a columnar file is not understood, also its other columns.
 * @param host starts the processes that decode
 * @returns the columns of a table whose names do not say what they hold; none: the file is understood
 * @throws WinnowError as importDemoFile
 */
export async function examineDemoFile(path: string, host: WorkerHost): Promise<ExaminedFile['columns']> {
  const { format, records, isUnderstood } = await firstRows(path, host, 'known');
  if (isUnderstood || !TABLES.has(format)) return [];
  if (!COLUMNAR.has(format)) return unclearColumns(records);
  const { records: all } = await firstRows(path, host, 'simple');
  // columns that are not simple come without values
  return unclearColumns(all).filter(({ values }) => values.length > 0);
}

type FirstRows = {
  readonly format: DemoFormat;
  readonly records: readonly Record<string, unknown>[];
  readonly isUnderstood: boolean;
};

function firstRows(path: string, host: WorkerHost, columns: WantedColumns): Promise<FirstRows> {
  return readingDemoFile(path, host, columns, async ({ format, rows }) => {
    const records: Record<string, unknown>[] = [];
    let isUnderstood = false;
    let examined = 0;
    for await (const read of rows) {
      if ('row' in read) {
        const result = rowToContent(read.row);
        if (isRecord(read.row)) records.push(read.row);
        if (result.ok) isUnderstood ||= !summarise(result.content).promptOnly;
      }
      examined += 1;
      if (examined === EXAMINED_ROWS) break;
    }
    return { format, records, isUnderstood };
  });
}

/** All columns, if one without a known name holds words, or if none has a known name; otherwise none. */
function unclearColumns(records: readonly Record<string, unknown>[]): ExaminedFile['columns'] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].slice(0, SHOWN_COLUMNS);
  const columns = names.map((name) => ({
    name,
    role: roleOfColumn(name),
    values: records.flatMap((record) => shownValue(record[name])),
  }));
  const useful = new Set(usefulColumns(names));
  // numbers, dates and symbols are not examples
  const hasWords = (values: readonly string[]): boolean => values.some((value) => /\p{L}/u.test(value));
  const isUnknown = useful.size === 0 || columns.some(({ name, values }) => !useful.has(name) && hasWords(values));
  if (!isUnknown) return [];
  return columns.map((column) => ({ ...column, values: column.values.slice(0, SHOWN_ROWS) }));
}

function shownValue(value: unknown): string[] {
  try {
    const plain = toPlain(value);
    if (isBlank(plain)) return [];
    const text = typeof plain === 'string' ? plain : JSON.stringify(plain);
    return [(text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}…`).toWellFormed()];
  } catch (error) {
    if (error instanceof Unusable) return [];
    throw error;
  }
}

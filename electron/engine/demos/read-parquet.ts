// Reader of Parquet files: one row group at a time, and only the columns that can matter.
import { open } from 'node:fs/promises';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type RowGroup,
  type SchemaElement as ParquetElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { displayBytes } from '../../contract/display-bytes.ts';
import { msg } from '../../contract/sentences.ts';
import { BoundedFile } from './bounded-file.ts';
import { MAX_ROW_GROUP_BYTES } from './limits.ts';
import { decodedColumns } from './normalise.ts';
import type { WantedColumns } from './reader-calls.ts';
import { formatError, type RowRead } from './source-file.ts';

/**
 * The rows of a file; `line` is the row's number in it, from 1. Throws whatever the decoder throws on a corrupt file.
 * @param alive called while the file is read
 */
export async function* readParquet(path: string, wanted: WantedColumns, alive: () => void): AsyncIterable<RowRead> {
  await using file = await open(path);
  const bounded = await BoundedFile.of(file, alive);
  yield* readRows(path, { byteLength: bounded.sizeBytes, slice: bounded.slice.bind(bounded) }, wanted);
}

async function* readRows(path: string, file: AsyncBuffer, wanted: WantedColumns): AsyncIterable<RowRead> {
  const metadata = await parquetMetadataAsync(file);
  const names = topLevelColumns(metadata.schema);
  const columns = decodedColumns(names, wanted, (name) => metadata.schema.some((element) => isSimple(element, name)));
  const allColumns = Object.fromEntries(names.map((name) => [name, null]));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    requireModestSize(path, group, columns);
    const rowEnd = rowStart + Number(group.num_rows);
    if (columns.length === 0) {
      for (let row = rowStart; row < rowEnd; row += 1) yield { line: row + 1, row: allColumns };
    } else {
      const rows = await parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd });
      for (const [i, row] of rows.entries()) {
        yield { line: rowStart + i + 1, row: { ...allColumns, ...row } };
      }
    }
    rowStart = rowEnd;
  }
}

function requireModestSize(path: string, group: RowGroup, columns: readonly string[]): void {
  const sizeBytes = group.columns
    .map((column) => column.meta_data)
    .filter((data) => data !== undefined && columns.includes(data.path_in_schema[0] ?? ''))
    .reduce((sum, data) => sum + Number(data?.total_uncompressed_size ?? 0), 0);
  if (sizeBytes <= MAX_ROW_GROUP_BYTES) return;
  throw formatError(path, msg('rowGroupTooLarge', { limit: displayBytes(MAX_ROW_GROUP_BYTES) }));
}

/** Whether a column holds one text, number or boolean per row. Texts are byte arrays marked as such. */
function isSimple({ name, type, num_children, repetition_type, ...element }: ParquetElement, wanted: string): boolean {
  if (name !== wanted || num_children || repetition_type === 'REPEATED') return false;
  const isText = element.converted_type === 'UTF8' || element.logical_type?.type === 'STRING';
  return type === 'BYTE_ARRAY' ? isText : type !== undefined && NUMBERS.has(type);
}

const NUMBERS: ReadonlySet<string> = new Set(['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE']);

type SchemaElement = { readonly name: string; readonly num_children?: number };

/** The names of the top-level columns. The schema is the tree in depth-first order, its root first. */
function topLevelColumns(schema: readonly SchemaElement[]): string[] {
  const names: string[] = [];
  let below = 0; // following elements that belong to the last name
  for (const { name, num_children: children = 0 } of schema.slice(1)) {
    if (below === 0) names.push(name);
    else below -= 1;
    below += children;
  }
  return names;
}

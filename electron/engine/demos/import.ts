// Imports one demo file: picks the reader, turns rows into demos, and reports what became of each.
import { access, constants, stat } from 'node:fs/promises';
import type { DemoRejection, ImportedDemo, ImportReport } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { detectFormat, type DemoFormat } from './format.ts';
import { hashDemo } from './hash.ts';
import { asImportError } from './import-error.ts';
import { MAX_INLINE_JSON_BYTES, MAX_KEPT_CHARS, MAX_ROWS } from './limits.ts';
import { rowToContent } from './normalise.ts';
import { readCsv } from './read-csv.ts';
import { readInThread } from './read-in-thread.ts';
import { readJson, readJsonLines } from './read-json.ts';
import { readText } from './read-text.ts';
import type { RowRead, RowReads } from './source-file.ts';

const READERS: Readonly<Record<DemoFormat, (path: string, sizeBytes: number) => RowReads>> = {
  jsonl: readJsonLines,
  json: (path, size) => (size > MAX_INLINE_JSON_BYTES ? readInThread({ path, format: 'json' }) : readJson(path)),
  csv: readCsv,
  parquet: (path) => readInThread({ path, format: 'parquet' }),
  arrow: (path) => readInThread({ path, format: 'arrow' }),
  markdown: readText,
  text: readText,
};

/**
 * Reads a file of demos. Bad rows are reported and cost only themselves. A file without any row gives no demos
 * and one rejection that says so; whether that is an error is the caller's to decide.
 *
 * @throws WinnowError FILE_NOT_FOUND; FILE_UNREADABLE (a folder, no permission, an I/O error); DEMO_FORMAT (no
 *   known format, binary data in a text format, a document or columnar file that cannot be parsed).
 */
export async function importDemoFile(path: string): Promise<ImportReport> {
  const sizeBytes = await requireReadableFile(path);
  let format: DemoFormat | null = null;
  try {
    format = await detectFormat(path);
    // A file without a byte is empty in every format, also where the decoder would call it corrupt.
    return { path, format, ...(await collect(sizeBytes === 0 ? [] : READERS[format](path, sizeBytes))) };
  } catch (error) {
    throw asImportError(path, format, error);
  }
}

async function collect(
  rows: RowReads | readonly RowRead[],
): Promise<Pick<ImportReport, 'demos' | 'rejected' | 'duplicates'>> {
  const demos: ImportedDemo[] = [];
  const rejected: DemoRejection[] = [];
  const duplicates: number[] = [];
  const hashes = new Set<string>();
  let rowCount = 0;
  let keptChars = 0;
  for await (const read of rows) {
    const { line } = read;
    if (rowCount === MAX_ROWS || keptChars > MAX_KEPT_CHARS) {
      const limit = rowCount === MAX_ROWS ? `${MAX_ROWS} rows` : `${MAX_KEPT_CHARS} characters`;
      rejected.push({ line, reason: `nothing from here on was read: more than ${limit} in one file` });
      break;
    }
    rowCount += 1;
    const result = 'reason' in read ? ({ ok: false, reason: read.reason } as const) : rowToContent(read.row);
    if (!result.ok) {
      rejected.push({ line, reason: result.reason });
      continue;
    }
    const hash = hashDemo(result.content);
    if (hashes.has(hash)) {
      duplicates.push(line);
      continue;
    }
    hashes.add(hash);
    demos.push({ content: result.content, hash, line });
    keptChars += sizeChars(result.content);
  }
  if (rowCount === 0) rejected.push({ line: 1, reason: 'the file is empty: it holds no rows' });
  return { demos, rejected, duplicates };
}

function sizeChars(content: ImportedDemo['content']): number {
  if (content.kind === 'text') return content.text.length;
  return content.messages.reduce((sum, message) => sum + message.content.length, 0);
}

/** The file's size in bytes. */
async function requireReadableFile(path: string): Promise<number> {
  try {
    const info = await stat(path);
    // A named pipe or a device could block or never end.
    if (!info.isFile()) {
      const what = info.isDirectory() ? 'a folder' : 'not a regular file';
      throw new WinnowError('FILE_UNREADABLE', `${path} is ${what}; choose a file of demos.`, { path });
    }
    await access(path, constants.R_OK);
    return info.size;
  } catch (error) {
    throw asImportError(path, null, error);
  }
}

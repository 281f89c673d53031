// Reader of comma-, semicolon- and tab-separated files with a header row.
import { extname } from 'node:path';
import { parse, type CsvError, type Parser } from 'csv-parse';
import { displayBytes } from '../../contract/display-bytes.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { MAX_COLUMNS, MAX_DEMO_BYTES } from './limits.ts';
import { decodeUtf8, formatError, NOT_UTF8, readLines, readTextChunks, type RowRead } from './source-file.ts';

class TooWide extends Error {}
type Failure = CsvError | TooWide;

type CsvRecord = { readonly line: number; readonly cells: readonly string[] };

/**
 * One row for each record; `line` is where the record starts. A record of another width than the header is rejected.
 *
 * @throws WinnowError DEMO_FORMAT if the header is too wide.
 */
export async function* readCsv(path: string): AsyncIterable<RowRead> {
  const records: CsvRecord[] = [];
  const parser = createParser(await detectDelimiter(path), records);
  let header = null as readonly string[] | null;
  let lastLine = 0;
  const drain = function* (): Generator<RowRead, void, undefined> {
    for (const record of records.splice(0)) {
      lastLine = record.line;
      const read = header === null ? null : toRow(header, record);
      if (read !== null) yield read;
      else header = record.cells.map((cell) => decodeCell(cell) ?? '');
    }
  };
  let failure: Failure | null = null;
  for await (const chunk of readTextChunks(path)) {
    failure = await feed((done) => parser.write(chunk, done));
    yield* drain();
    if (failure !== null) break;
  }
  failure ??= await feed((done) => parser.end(done));
  yield* drain();
  parser.destroy();
  if (failure === null) return;
  if (header === null && failure instanceof TooWide)
    throw formatError(path, msg('headerTooWide', { columns: MAX_COLUMNS }));
  yield { line: lastLine + 1, reason: csvReason(failure) };
}

/**
 * Cells are passed as latin1, one character per byte, so that broken UTF-8 is noticed in the row that holds it.
 * Records are passed on by `on_record`, since the stream would drop its buffered ones when a later one fails.
 */
function createParser(delimiter: string, records: CsvRecord[]): Parser {
  let countedTwice = 0;
  const parser = parse({
    encoding: 'latin1',
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_DEMO_BYTES,
    on_record: (cells: string[], { lines }) => {
      // csv-parse counts a CR LF inside quotes as two lines.
      for (const cell of cells) countedTwice += occurrences(cell, '\r\n');
      const inCells = cells.reduce((sum, cell) => sum + occurrences(cell, '\n'), 0);
      records.push({ line: lines - countedTwice - inCells, cells });
      return null;
    },
    // returns cells as they are: csv-parse itself does not limit their number
    cast: (cell, { index }) => {
      if (index >= MAX_COLUMNS) throw new TooWide();
      return cell;
    },
  });
  // Failures are reported through the write callbacks; without a listener they would also end the process.
  parser.on('error', () => undefined);
  return parser;
}

function feed(send: (done: (error?: Error | null) => void) => void): Promise<Failure | null> {
  return new Promise((resolve) => {
    send((error) => {
      resolve((error as Failure | null | undefined) ?? null);
    });
  });
}

function occurrences(text: string, part: string): number {
  return text.includes(part) ? text.split(part).length - 1 : 0;
}

/** The extension decides, unless the header has only another separator (spreadsheets in many countries use ";"). */
async function detectDelimiter(path: string): Promise<string> {
  const usual = extname(path).toLowerCase() === '.tsv' ? '\t' : ',';
  for await (const { bytes } of readLines(path, MAX_DEMO_BYTES)) {
    return [usual, ';', '\t', ','].find((candidate) => bytes?.includes(candidate)) ?? usual;
  }
  return usual;
}

function decodeCell(cell: string): string | null {
  return decodeUtf8(Buffer.from(cell, 'latin1'));
}

function toRow(header: readonly string[], { line, cells }: CsvRecord): RowRead {
  if (cells.length !== header.length) {
    return { line, reason: msg('cellsDiffer', { cells: cells.length, columns: header.length }) };
  }
  const texts = cells.map(decodeCell);
  if (texts.includes(null)) return { line, reason: NOT_UTF8 };
  return { line, row: Object.fromEntries(header.map((name, i) => [name, texts[i]])) };
}

function csvReason(error: Failure): Sentence {
  if (error instanceof TooWide) return msg('rowTooWide', { columns: MAX_COLUMNS });
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return msg('quoteOpen');
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return msg('recordTooLong', { limit: displayBytes(MAX_DEMO_BYTES) });
  }
  return msg('csvFailed', { reason: error.message });
}

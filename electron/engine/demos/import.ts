// Imports one demo file: picks the reader, which has a process of its own if it might crash, turns rows into demos, reports what
// became of each row, and adds the demos to a domain.
import { access, constants, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ColumnRoles, DemoFormat, DemoRejection, ImportedDemo, ImportReport } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg, withTexts, type Sentence } from '../../contract/sentences.ts';
import { forkWorker, type WorkerHost } from '../base/backend/worker-host.ts';
import { hashDemo, toDocuments, toIdentities } from '../base/content/documents.ts';
import {
  asImportError,
  type RowRead,
  decodeUtf8,
  NOT_UTF8,
  readTextChunks,
  formatError,
  readHead,
  readLines,
} from './source-file.ts';
import {
  MAX_INLINE_JSON_BYTES,
  MAX_READ_CHARS,
  MAX_QUOTE_CHARS,
  MAX_ROWS,
  MAX_DEMO_BYTES,
  READER_SILENCE_MS,
} from './limits.ts';
import { rowToContent } from './normalise.ts';
import { sizeChars } from './plain.ts';
import { readCsv } from './read-csv.ts';
import { type WantedColumns, methods, type ReaderJob } from './reader-calls.ts';
import { readJson, readJsonLines } from './read-json.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { DEMO_FORMATS } from '../../contract/file-extensions.ts';
import { jsonExcess, parsedJson } from '../base/files/json-guard.ts';
import { diedOfTheSystem, WorkerClient } from '../base/backend/worker-client.ts';
import type { HeldOutText } from '../../contract/api/demos.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Store } from '../store/database.ts';
import { addDemos } from '../store/demos.ts';
import { getHeldOutText, listHeldOutTexts } from '../store/domains.ts';
import { inTransactions } from '../store/slices.ts';

/** The most kinds of omitted content that are reported. */
const MAX_LEFT_KINDS = 20;

type Source = {
  readonly path: string;
  readonly sizeBytes: number;
  readonly host: WorkerHost;
  readonly columns: WantedColumns;
};

const READERS: Readonly<Record<DemoFormat, (source: Source) => AsyncIterable<RowRead>>> = {
  jsonl: ({ path }) => readJsonLines(path),
  json: ({ path, sizeBytes, host, columns }) =>
    sizeBytes > MAX_INLINE_JSON_BYTES ? readInProcess({ path, format: 'json', columns }, host) : readJson(path),
  csv: ({ path }) => readCsv(path),
  parquet: ({ path, host, columns }) => readInProcess({ path, format: 'parquet', columns }, host),
  arrow: ({ path, host, columns }) => readInProcess({ path, format: 'arrow', columns }, host),
  markdown: ({ path }) => readText(path),
  text: ({ path }) => readText(path),
};

type OpenedFile = { readonly format: DemoFormat; readonly rows: AsyncIterable<RowRead> | readonly RowRead[] };

/**
 * Opens a demo file and passes its rows to `read`.
 * @param columns the columns of a columnar file that are read; other readers return all
 * @throws WinnowError as importDemoFile; also while rows are read
 */
export async function readingDemoFile<T>(
  path: string,
  host: WorkerHost,
  columns: WantedColumns,
  read: (file: OpenedFile) => Promise<T>,
): Promise<T> {
  const sizeBytes = await requireReadableFile(path);
  let format: DemoFormat | null = null;
  try {
    format = await detectFormat(path);
    // A file of zero bytes is empty in every format, even if the decoder would call it corrupt.
    return await read({ format, rows: sizeBytes === 0 ? [] : READERS[format]({ path, sizeBytes, host, columns }) });
  } catch (error) {
    throw asImportError(path, format, error);
  }
}

/**
 * Reads a file of demos. A bad row is reported and costs only itself. A file without any row gives no demos
 * and one rejection that says so; the caller decides whether that is an error.
 *
 * @param host starts the processes that decode
 * @param columns what the file's columns hold; undefined: what their names say
 * @throws WinnowError FILE_NOT_FOUND; FILE_UNREADABLE (a folder, no permission, an I/O error); DEMO_FORMAT (no
 *   known format, binary data in a text format, a document or columnar file that cannot be parsed).
 */
export async function importDemoFile(
  path: string,
  host: WorkerHost = forkWorker,
  columns?: ColumnRoles,
): Promise<ImportReport> {
  const wanted = columns === undefined ? 'known' : Object.keys(columns);
  return readingDemoFile(path, host, wanted, (file) => collect(path, file, columns));
}

async function collect(
  path: string,
  { format, rows }: OpenedFile,
  columns: ColumnRoles | undefined,
): Promise<ImportReport> {
  const demos: ImportedDemo[] = [];
  const rejected: DemoRejection[] = [];
  const short = (text: string): string =>
    (text.length <= MAX_QUOTE_CHARS ? text : `${text.slice(0, MAX_QUOTE_CHARS)}…`).toWellFormed();
  const reject = (line: number, reason: Sentence): void => {
    rejected.push({ line, reason: withTexts(reason, short) });
  };
  const duplicates: number[] = [];
  const hashes = new Set<string>();
  let rowCount = 0;
  let readChars = 0;
  let ownAnswers = 0;
  const left = new LeftOut();
  for await (const read of rows) {
    const { line } = read;
    if (rowCount === MAX_ROWS || readChars > MAX_READ_CHARS) {
      reject(
        line,
        rowCount === MAX_ROWS ? msg('tooManyRows', { rows: MAX_ROWS }) : msg('tooManyChars', { chars: MAX_READ_CHARS }),
      );
      break;
    }
    rowCount += 1;
    const result = 'reason' in read ? ({ ok: false, reason: read.reason } as const) : rowToContent(read.row, columns);
    if (!result.ok) {
      reject(line, result.reason);
      continue;
    }
    readChars += sizeChars(result.content);
    const hash = hashDemo(result.content);
    if (hashes.has(hash)) {
      duplicates.push(line);
      continue;
    }
    hashes.add(hash);
    if (result.tookOwnAnswer) ownAnswers += 1;
    result.left?.forEach((what) => left.add(withTexts(what, short)));
    demos.push({ content: result.content, hash, line });
  }
  if (rowCount === 0) reject(1, msg('emptyFile'));
  return { path, format, demos, rejected, duplicates, ownAnswers, left: left.sentences() };
}

/** Counts content that rows hold and demos do not, by kind. */
class LeftOut {
  readonly #kinds = new Map<string, { readonly what: Sentence; demos: number }>();

  add(what: Sentence): void {
    const key = JSON.stringify(what);
    const kind = this.#kinds.get(key) ?? { what, demos: 0 };
    kind.demos += 1;
    if (this.#kinds.size < MAX_LEFT_KINDS) this.#kinds.set(key, kind);
  }

  /** One sentence for each kind, the most frequent first. */
  sentences(): Sentence[] {
    return [...this.#kinds.values()]
      .toSorted((a, b) => b.demos - a.demos)
      .map(({ what, demos }) => msg('demosHold', { count: demos, what }));
  }
}

/** Checks that the file can be read. @returns its size in bytes */
async function requireReadableFile(path: string): Promise<number> {
  try {
    const info = await stat(path);
    // A named pipe or a device could block or never end.
    if (!info.isFile()) {
      const what = info.isDirectory() ? msg('aFolder') : msg('notRegular');
      throw new WinnowError('FILE_UNREADABLE', msg('notARegularDemoFile', { path, what }), { path });
    }
    await access(path, constants.R_OK);
    return info.size;
  } catch (error) {
    throw asImportError(path, null, error);
  }
}

/** The whole file as one row with the column `text`; a reason instead if it is longer than a demo may be. */
async function* readText(path: string): AsyncIterable<RowRead> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of readTextChunks(path)) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_DEMO_BYTES) {
      yield { line: 1, reason: msg('documentTooLong', { limit: displayBytes(MAX_DEMO_BYTES) }) };
      return;
    }
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return;
  const text = decodeUtf8(Buffer.concat(chunks));
  yield text === null ? { line: 1, reason: NOT_UTF8 } : { line: 1, row: text };
}

/** An Arrow stream begins with this continuation marker, an Arrow file with ARROW1. */
const ARROW_STREAM_START = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** An object with a first key, or a list of objects, lists or strings: prose hardly begins like that. */
const JSON_START = /^\s*(?:\{\s*["}]|\[\s*[{["\]])/;

const HEAD_BYTES = 64 * 1024;

/**
 * @throws WinnowError DEMO_FORMAT for binary files of no known format, and if the bytes contradict the
 *   extension of a binary format.
 */
async function detectFormat(path: string): Promise<DemoFormat> {
  const head = await readHead(path, HEAD_BYTES);
  if (head.subarray(0, 4).equals(Buffer.from('PAR1'))) return 'parquet';
  if (head.subarray(0, 6).equals(Buffer.from('ARROW1'))) return 'arrow';
  const declared = DEMO_FORMATS.get(extname(path).slice(1).toLowerCase());
  if (head.length === 0) return declared ?? 'text';
  if (head.subarray(0, 4).equals(ARROW_STREAM_START)) return 'arrow';
  if (declared === 'parquet') throw formatError(path, msg('notParquet'));
  if (declared === 'arrow') throw formatError(path, msg('notArrow'));
  if (declared === 'json' || declared === 'jsonl') {
    // no need to search a gigabyte of blank lines for the first filled one
    return head.toString('latin1').trim() === '' ? declared : settleJson(path, declared);
  }
  if (declared !== undefined) return declared;
  const text = headText(head);
  if (text === null) throw formatError(path, msg('noKnownFormat'));
  return JSON_START.test(text) ? settleJson(path, 'json') : 'text';
}

/** The head as text; null: the bytes are not UTF-8. A character cut off at the end of the head does no harm. */
function headText(head: Buffer): string | null {
  if (head.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return null;
  }
}

/** Tells JSON from JSONL: files named .json often hold one object per line, and files named .jsonl sometimes one list. */
async function settleJson(path: string, declared: 'json' | 'jsonl'): Promise<DemoFormat> {
  const firstLines: Buffer[] = [];
  for await (const { bytes } of readLines(path, MAX_DEMO_BYTES)) {
    firstLines.push(bytes ?? Buffer.alloc(0));
    if (firstLines.length === 2) break;
  }
  const [line = Buffer.alloc(0), second] = firstLines;
  const first = line.toString('utf8').trim();
  if (second === undefined) return first.startsWith('[') ? 'json' : declared;
  if (jsonExcess(line) === null && parsedJson(first) !== undefined) return 'jsonl';
  return first.startsWith('[') || first === '{' ? 'json' : declared;
}

/**
 * The rows of the file, as plain values; `line` is the row's number, from 1.
 *
 * @throws WinnowError DEMO_FORMAT if the file is corrupt or too large to decode; BACKEND_CRASHED if no process
 *   starts.
 */
async function* readInProcess(job: ReaderJob, host: WorkerHost): AsyncIterable<RowRead> {
  const reader = new WorkerClient('reader', methods, host({ entry: 'reader', args: [] }));
  const silent = new AbortController();
  const giveUp = (): void => {
    silent.abort();
    void reader.close();
  };
  try {
    await reader.call('open', job);
    for (;;) {
      const silence = setTimeout(giveUp, READER_SILENCE_MS);
      const next = reader.call('next', {}, { onProgress: () => silence.refresh() });
      const { rows, end } = await next.finally(() => clearTimeout(silence));
      yield* rows;
      if (end) return;
    }
  } catch (error) {
    if (silent.signal.aborted) throw formatError(job.path, msg('decoderEndless'), error);
    throw diedOfTheFile(error) ? formatError(job.path, msg('decoderMemory'), error) : error;
  } finally {
    void reader.close();
  }
}

function diedOfTheFile(error: unknown): boolean {
  return error instanceof WinnowError && error.code === 'BACKEND_CRASHED' && !diedOfTheSystem(error);
}

type SetImport = ImportReport & {
  /** How many demos are new in the domain. */
  readonly added: number;
  /** How many demos the domain already holds. */
  readonly known: number;
};

/**
 * Adds the demos of a file to a domain. Texts that are held out to measure a model are rejected.
 * @param columns as in importDemoFile
 * @throws WinnowError as importDemoFile; the signal's reason, in which case what was added so far stays
 */
export async function importIntoDomain(
  { store, host }: EngineContext,
  domainId: number,
  path: string,
  signal: AbortSignal,
  columns?: ColumnRoles,
): Promise<SetImport> {
  const report = await importDemoFile(path, host, columns);
  const heldOut = heldOutTexts(store);
  const rejected: DemoRejection[] = [...report.rejected];
  let added = 0;
  let total = 0;
  await inTransactions(
    store,
    report.demos,
    (demo) => {
      const text =
        heldOut.size > 0 ? toIdentities(demo.content).flatMap((hash) => heldOut.get(hash) ?? [])[0] : undefined;
      if (text) {
        const named = { text: text.name, domain: text.domain };
        const reason = text.documents === null ? msg('isHeldOutText', named) : msg('isHeldOutDocument', named);
        rejected.push({ line: demo.line, reason });
        return;
      }
      total += 1;
      added += addDemos(store, domainId, path, [demo]);
    },
    signal,
  );
  rejected.sort((a, b) => a.line - b.line);
  return { ...report, added, known: total - added, rejected };
}

/** Held-out texts, indexed by every hash under which one of their documents counts as the same. */
function heldOutTexts(store: Store): ReadonlyMap<string, HeldOutText> {
  const texts = new Map<string, HeldOutText>();
  for (const text of listHeldOutTexts(store)) {
    const held = getHeldOutText(store, text.id);
    for (const { content } of held ? toDocuments(held) : []) {
      for (const hash of toIdentities(content)) texts.set(hash, text);
    }
  }
  return texts;
}

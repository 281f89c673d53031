// Readers of JSON Lines and of whole JSON documents.
import { stat } from 'node:fs/promises';
import type { DocumentUse, UnclearDocument } from '../../contract/demo.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { WinnowError } from '../../contract/errors.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { summarise } from '../base/content/summary.ts';
import { jsonExcess } from '../base/files/json-guard.ts';
import { MAX_DEMO_BYTES, MAX_INLINE_JSON_BYTES, MAX_JSON_FILE_BYTES } from './limits.ts';
import { isMessage } from './messages.ts';
import { rowToContent, usefulColumns } from './normalise.ts';
import { isRecord } from './plain.ts';
import { decodeUtf8, formatError, NOT_UTF8, readLines, readTextChunks, type RowRead } from './source-file.ts';

/** Fields in which a JSON document may hold its rows; any other field counts if it is the only list and holds objects. */
const ROW_FIELDS = ['data', 'train', 'rows', 'examples', 'items', 'samples', 'instances'];

/** How many rows of a list are checked for demos. */
const LOOKED_AT = 50;

/** One row per line; a broken line costs only itself. */
export async function* readJsonLines(path: string): AsyncIterable<RowRead> {
  for await (const { line, bytes } of readLines(path, MAX_DEMO_BYTES)) {
    if (bytes === null) {
      yield { line, reason: say('lineTooLong', { limit: displayBytes(MAX_DEMO_BYTES) }) };
      continue;
    }
    const text = decodeUtf8(bytes);
    const excess = bytes.length > MAX_INLINE_JSON_BYTES ? jsonExcess(bytes) : null;
    if (text === null || excess !== null) {
      yield { line, reason: excess ?? NOT_UTF8 };
      continue;
    }
    yield parsedLine(line, text);
  }
}

function parsedLine(line: number, text: string): { line: number; row: unknown } | { line: number; reason: Sentence } {
  try {
    return { line, row: JSON.parse(text) as unknown };
  } catch (error) {
    return { line, reason: say('notJson', { reason: (error as Error).message }) };
  }
}

/**
 * The rows of a document: a list of rows, an object with a list of rows, or one row; `line` is the row's number in the list.
 *
 * @param use the use of a document that may be a demo and also hold rows that may be demos
 * @param alive called while the file is read
 * @throws WinnowError DEMO_FORMAT if the document is too large, cannot be parsed, or needs a use that is not given, which is then
 *   `unclear` in the details
 */
export async function* readJson(path: string, use?: DocumentUse, alive: () => void = () => {}): AsyncIterable<RowRead> {
  const tooLarge = (): WinnowError =>
    formatError(path, say('jsonDocumentTooLarge', { limit: displayBytes(MAX_JSON_FILE_BYTES) }));
  if ((await stat(path)).size > MAX_JSON_FILE_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let readBytes = 0;
  for await (const chunk of readTextChunks(path)) {
    chunks.push(chunk);
    readBytes += chunk.length;
    // the file may grow meanwhile
    if (readBytes > MAX_JSON_FILE_BYTES) throw tooLarge();
    alive();
  }
  const bytes = Buffer.concat(chunks);
  const excess = jsonExcess(bytes);
  if (excess !== null) throw formatError(path, say('jsonDocumentRefused', { excess }));
  const text = decodeUtf8(bytes);
  if (text === null) throw formatError(path, NOT_UTF8);
  if (text.trim() === '') return;
  let line = 0;
  for (const row of rowsOf(path, parseDocument(path, text), use)) {
    line += 1;
    yield { line, row };
  }
}

function parseDocument(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw formatError(path, say('notJson', { reason: (error as Error).message }), error);
  }
}

/** @throws WinnowError DEMO_FORMAT: the document may be a demo or hold some, and `use` does not say which */
function rowsOf(path: string, document: unknown, use: DocumentUse | undefined): readonly unknown[] {
  // A bare list of messages is one conversation, not one demo per message.
  if (Array.isArray(document)) return document.length > 0 && document.every(isMessage) ? [document] : document;
  if (!isRecord(document)) return [document];
  const lists = Object.entries(document).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const demo = openingOf(document);
  if (demo === null) return listOfRows(lists)?.[1] ?? [document];
  const fields = usefulColumns(Object.keys(document));
  const [list, rows] = listOfRows(lists.filter(([name]) => !fields.includes(name))) ?? ['', []];
  const row = rows.slice(0, LOOKED_AT).flatMap((one) => openingOf(one) ?? [])[0];
  if (row === undefined || use === 'demo') return [document];
  if (use === 'rows') return rows;
  const unclear: UnclearDocument = { fields, list, rows: rows.length, openings: { demo, rows: row } };
  const named = fields.map((name) => `"${name}"`).join(', ');
  throw formatError(path, say('documentOrRows', { fields: named, rows: rows.length, list }), undefined, { unclear });
}

/** The opening of a row's demo; null: the row is not a demo. */
function openingOf(row: unknown): string | null {
  const read = rowToContent(row);
  return read.ok ? summarise(read.content).opening : null;
}

function listOfRows(lists: readonly [string, unknown[]][]): [string, unknown[]] | undefined {
  const named = ROW_FIELDS.map((field) => lists.find(([name]) => name === field)).find((list) => list !== undefined);
  return named ?? (lists.length === 1 && lists[0]?.[1].every(isRecord) ? lists[0] : undefined);
}

// Readers of JSON Lines and of whole JSON documents.
import { stat } from 'node:fs/promises';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { WinnowError } from '../../contract/errors.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
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
      yield { line, reason: msg('lineTooLong', { limit: displayBytes(MAX_DEMO_BYTES) }) };
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
    return { line, reason: msg('notJson', { reason: (error as Error).message }) };
  }
}

/**
 * The rows of a document: a list of rows, an object with a list of rows, or one row; `line` is the row's number in the list.
 *
 * @param alive called while the file is read
 * @throws WinnowError DEMO_FORMAT if the document is too large, or cannot be parsed
 */
export async function* readJson(path: string, alive: () => void = () => {}): AsyncIterable<RowRead> {
  const tooLarge = (): WinnowError =>
    formatError(path, msg('jsonDocumentTooLarge', { limit: displayBytes(MAX_JSON_FILE_BYTES) }));
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
  if (excess !== null) throw formatError(path, msg('jsonDocumentRefused', { excess }));
  const text = decodeUtf8(bytes);
  if (text === null) throw formatError(path, NOT_UTF8);
  if (text.trim() === '') return;
  let line = 0;
  for (const row of toRows(parseDocument(path, text))) {
    line += 1;
    yield { line, row };
  }
}

function parseDocument(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw formatError(path, msg('notJson', { reason: (error as Error).message }), error);
  }
}

/** The rows that a document lists; the document, if it is a demo itself and none of them, beside mere texts, is one. */
function toRows(document: unknown): readonly unknown[] {
  // A bare list of messages is one conversation, not one demo per message.
  if (Array.isArray(document)) return document.length > 0 && document.every(isMessage) ? [document] : document;
  if (!isRecord(document)) return [document];
  const lists = Object.entries(document).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  if (!isDemo(document)) return listOfRows(lists) ?? [document];
  const fields = usefulColumns(Object.keys(document));
  const rows = listOfRows(lists.filter(([name]) => !fields.includes(name))) ?? [];
  return rows.slice(0, LOOKED_AT).some((row) => typeof row !== 'string' && isDemo(row)) ? rows : [document];
}

function isDemo(row: unknown): boolean {
  return rowToContent(row).ok;
}

function listOfRows(lists: readonly [string, unknown[]][]): unknown[] | undefined {
  const named = ROW_FIELDS.map((field) => lists.find(([name]) => name === field)).find((list) => list !== undefined);
  return (named ?? (lists.length === 1 && lists[0]?.[1].every(isRecord) ? lists[0] : undefined))?.[1];
}

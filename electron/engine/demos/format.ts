// Decides which reader a demo file needs, by its extension, which its first bytes confirm or overrule.
import { extname } from 'node:path';
import type { DemoFormat } from '../../contract/demo.ts';
import { DEMO_FORMATS } from '../../contract/file-extensions.ts';
import { say } from '../../contract/sentences.ts';
import { jsonExcess, parsedJson } from '../base/files/json-guard.ts';
import { MAX_DEMO_BYTES } from './limits.ts';
import { formatError, readHead, readLines } from './source-file.ts';

/** An Arrow stream begins with this continuation marker, an Arrow file with ARROW1. */
const ARROW_STREAM_START = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** An object with a first key, or a list of objects, lists or strings: prose hardly begins like that. */
const JSON_START = /^\s*(?:\{\s*["}]|\[\s*[{["\]])/;

const HEAD_BYTES = 64 * 1024;

/**
 * @throws WinnowError DEMO_FORMAT for binary files of no known format, and if the bytes contradict the
 *   extension of a binary format.
 */
export async function detectFormat(path: string): Promise<DemoFormat> {
  const head = await readHead(path, HEAD_BYTES);
  if (head.subarray(0, 4).equals(Buffer.from('PAR1'))) return 'parquet';
  if (head.subarray(0, 6).equals(Buffer.from('ARROW1'))) return 'arrow';
  const declared = DEMO_FORMATS.get(extname(path).slice(1).toLowerCase());
  if (head.length === 0) return declared ?? 'text';
  if (head.subarray(0, 4).equals(ARROW_STREAM_START)) return 'arrow';
  if (declared === 'parquet') throw formatError(path, say('notParquet'));
  if (declared === 'arrow') throw formatError(path, say('notArrow'));
  if (declared === 'json' || declared === 'jsonl') {
    // no need to search a gigabyte of blank lines for the first filled one
    return head.toString('latin1').trim() === '' ? declared : settleJson(path, declared);
  }
  if (declared !== undefined) return declared;
  const text = headText(head);
  if (text === null) throw formatError(path, say('noKnownFormat'));
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

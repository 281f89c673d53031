// Reads a text file in pieces: opens it, refuses anything but text, strips the byte order mark, and splits it into lines; and what an
// error of any reader means.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { WinnowError } from '../../contract/errors.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import type { DemoFormat } from '../../contract/demo.ts';

/** What a reader yields: a row's value, or why there is none. `line` counts from 1. */
export type RowRead =
  | { readonly line: number; readonly row: unknown }
  | { readonly line: number; readonly reason: Sentence };

const SUPPORTED = 'JSONL, JSON, CSV, TSV, Parquet, Hugging Face Arrow, Markdown, plain text (UTF-8)';
export const NOT_UTF8 = msg('notUtf8');

/** A DEMO_FORMAT error that lists the formats that can be read. */
export function formatError(path: string, problem: Sentence, cause?: unknown): WinnowError {
  return new WinnowError('DEMO_FORMAT', msg('notADemoFile', { path, problem, formats: SUPPORTED }), { path }, cause);
}

/** The first `maxBytes` of the file, or all of it if it is shorter. */
export async function readHead(path: string, maxBytes: number): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
  return buffer.subarray(0, bytesRead);
}

function startsWith(bytes: Uint8Array, ...prefix: number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

/** The bytes as text, without a byte order mark; null: they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * The file's bytes without a leading UTF-8 byte order mark.
 *
 * @throws WinnowError DEMO_FORMAT at the first NUL byte, which no text file contains, and for UTF-16.
 */
export async function* readTextChunks(path: string): AsyncGenerator<Buffer, void, undefined> {
  let position = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    if (position === 0 && (startsWith(chunk, 0xff, 0xfe) || startsWith(chunk, 0xfe, 0xff))) {
      throw formatError(path, msg('utf16Text'));
    }
    const nul = chunk.indexOf(0);
    if (nul >= 0) throw formatError(path, msg('nulByte', { position: position + nul }));
    yield position === 0 && startsWith(chunk, 0xef, 0xbb, 0xbf) ? chunk.subarray(3) : chunk;
    position += chunk.length;
  }
}

const LINE_FEED = 0x0a;

type Line = {
  /** Counted from 1. */
  readonly line: number;
  /** The bytes without the line feed; null: the line is longer than the limit. */
  readonly bytes: Buffer | null;
};

/** The lines of a text file, holding at most `maxBytes` of a line in memory. White-space lines are left out. */
export async function* readLines(path: string, maxBytes: number): AsyncGenerator<Line, void, undefined> {
  let line = 1;
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  const append = (part: Buffer): void => {
    sizeBytes += part.length;
    if (sizeBytes > maxBytes) parts = [];
    else parts.push(part);
  };
  const finish = (): Line[] => {
    const bytes = sizeBytes > maxBytes ? null : Buffer.concat(parts);
    parts = [];
    sizeBytes = 0;
    return bytes !== null && bytes.every(isBlank) ? [] : [{ line, bytes }];
  };
  // a file can consist of a thousand million blank lines
  const afterBlankLines = (chunk: Buffer, from: number): number => {
    let start = from;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === LINE_FEED) {
        line += 1;
        start = at + 1;
      } else if (!isBlank(byte)) {
        break;
      }
    }
    return start;
  };
  for await (const chunk of readTextChunks(path)) {
    let start = sizeBytes === 0 ? afterBlankLines(chunk, 0) : 0;
    for (let end = chunk.indexOf(LINE_FEED, start); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      append(chunk.subarray(start, end));
      yield* finish();
      line += 1;
      start = afterBlankLines(chunk, end + 1);
    }
    append(chunk.subarray(start));
  }
  yield* finish();
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

/** The error for what an import threw; one from neither the system nor a decoder is returned as it is. @param format null: not known yet */
export function asImportError(path: string, format: DemoFormat | null, error: unknown): unknown {
  if (error instanceof WinnowError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isSystemError(error)) {
    return error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? new WinnowError('FILE_NOT_FOUND', msg('fileMissing', { path }), { path }, error)
      : new WinnowError('FILE_UNREADABLE', msg('fileUnreadable', { path, message }), { path }, error);
  }
  // The decoder throws plain errors of any kind on data that it cannot decode.
  if (format === 'parquet') return formatError(path, msg('parquetUndecodable', { reason: message }), error);
  if (format === 'arrow') return formatError(path, msg('arrowUndecodable', { reason: message }), error);
  return error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

// Sends a file, whole or from where a download broke off.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stateIn, type FileInState } from '../engine/base/files/file-state.ts';
import { PAGE_HEADERS, refuse } from './page.ts';

/** Windows has no such flag: there, the target of a link has a different state. */
const NO_LINKS = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A range of bytes, including its end; `null`: the whole file; `'none'`: there are no such bytes. */
export type Range = { readonly start: number; readonly end: number } | null | 'none';

/**
 * Returns the range that a request asks for. Several ranges at once are answered with the whole file, as RFC 9110
 * allows.
 * @param header the request's `range`
 */
export function parseRange(header: string | undefined, bytes: number): Range {
  const { first = '', last = '' } = /^bytes=(?<first>\d*)-(?<last>\d*)$/.exec(header ?? '')?.groups ?? {};
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return null;
  return start > end ? 'none' : { start, end };
}

/**
 * Streams the file to be saved, never shown: only if it is in the state in which it was offered. A part is sent only of
 * the file that the download began with.
 */
export async function sendDownload(
  { path, state }: FileInState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const file = await open(path, constants.O_RDONLY | NO_LINKS).catch(() => null);
  if (file === null) {
    refuse(response, 404, 'The file is no longer there.');
    return;
  }
  try {
    if (stateIn(await file.stat({ bigint: true })) !== state) {
      refuse(response, 410, 'The file has changed since it was offered. Ask for it again.');
      return;
    }
    await send(file, basename(path), request, response);
  } finally {
    await file.close();
  }
}

async function send(
  file: FileHandle,
  name: string,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size, mtimeMs } = await file.stat();
  const etag = `"${size}-${mtimeMs}"`;
  const condition = headers['if-range'];
  const range = condition === undefined || condition === etag ? parseRange(headers.range, size) : null;
  const common = {
    ...PAGE_HEADERS,
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, escaped)}`,
    'accept-ranges': 'bytes',
    etag,
  };
  if (range === 'none') {
    response.writeHead(416, { ...common, 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range === null ? 200 : 206, {
    ...common,
    'content-length': end - start + 1,
    ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (size === 0) response.end();
  // a client that leaves needs no more
  else
    await pipeline(file.createReadStream({ start, end, autoClose: false }), response).catch(() => response.destroy());
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

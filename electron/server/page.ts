// Gives out the built page's files, and nothing else of this disk.
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_TYPES, pageHeaders } from '../contract/page-policy.ts';

export const PAGE_FOLDER = fileURLToPath(new URL('../../dist/renderer', import.meta.url));

export const PAGE_HEADERS = pageHeaders("'self'");

/** @param path of the request, percent-encoded */
export async function sendPageFile(path: string, response: ServerResponse): Promise<void> {
  const file = filePath(path === '/' ? '/served.html' : path);
  const type = file === null ? undefined : PAGE_TYPES[extname(file)];
  const content = file === null || type === undefined ? null : await readFile(file).catch(() => null);
  if (content === null || type === undefined) {
    refuse(response, 404, 'There is no such file.');
    return;
  }
  // names of built files hold a hash of their content
  const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': type, 'cache-control': cache });
  response.end(content);
}

function filePath(path: string): string | null {
  try {
    const file = join(PAGE_FOLDER, decodeURIComponent(path));
    return file.startsWith(PAGE_FOLDER + sep) ? file : null;
  } catch {
    return null;
  }
}

export function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${why}\n`);
}

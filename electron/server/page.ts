// Delivers the files of the built page, and nothing else of this disk.
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_TYPES, pageHeaders } from '../contract/page-policy.ts';
import { KEY_META } from '../contract/served-session.ts';

export const PAGE_FOLDER = fileURLToPath(new URL('../../dist/renderer', import.meta.url));

const START_FILE = '/served.html';

/** Headers of every answer; built files set another cache rule. */
export const PAGE_HEADERS = { ...pageHeaders("'self'"), 'cache-control': 'no-store' };

/** Sends a file of the page. @param path of the request, percent-encoded */
export async function sendPageFile(path: string, response: ServerResponse): Promise<void> {
  const file = filePath(path === '/' ? START_FILE : path);
  const type = file === null ? undefined : PAGE_TYPES[extname(file)];
  const content = file === null || type === undefined ? null : await readFile(file).catch(() => null);
  if (content === null || type === undefined) {
    refuse(response, 404, 'There is no such file.');
    return;
  }
  // names of built files contain a hash of their content
  const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': type, 'cache-control': cache });
  response.end(content);
}

/**
 * Lets a browser in: sends the page with the key, which its scripts put where pages of other ports cannot reach it.
 * @param cookie the value of a `set-cookie` header
 * @param key without characters that HTML would have to escape
 */
export async function sendFirstPage(cookie: string, key: string, response: ServerResponse): Promise<void> {
  const page = await readFile(join(PAGE_FOLDER, START_FILE), 'utf8').catch(() => null);
  if (page === null) {
    refuse(response, 404, 'The page is not built.');
    return;
  }
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': PAGE_TYPES['.html'], 'set-cookie': cookie });
  response.end(page.replace('<head>', () => `<head><meta name="${KEY_META}" content="${key}">`));
}

function filePath(path: string): string | null {
  try {
    const file = join(PAGE_FOLDER, decodeURIComponent(path));
    return file.startsWith(PAGE_FOLDER + sep) ? file : null;
  } catch {
    return null;
  }
}

/** What a person who was refused can do. */
export type Advice = { readonly title: string; readonly todo: string };

/** Refuses a person with a small page that needs nothing else from this server. All its texts are from this server. */
export function refusePerson(response: ServerResponse, status: number, { title, todo }: Advice): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8', connection: 'close' });
  response.end(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Winnow</title>
    <style>
      :root { color-scheme: light dark; }
      body { display: grid; place-content: center; min-height: 100vh; margin: 0; padding: 24px; box-sizing: border-box;
        font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f7f8f9, #15191c); color: light-dark(#1a1f24, #e3e7ea); }
      main { max-width: 56ch; }
      h1 { margin: 0 0 12px; font-size: 20px; font-weight: 600; text-wrap: balance; }
      p { margin: 0; color: light-dark(#56606a, #9ca7b0); }
    </style>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>${todo}</p>
    </main>
  </body>
</html>
`);
}

/** Refuses a program. */
export function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${why}\n`);
}

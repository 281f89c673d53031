// Serves the page at app://winnow/ from its folder, and nothing else, under a strict content security policy.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { protocol, session } from 'electron';
import { PAGE_TYPES, pageHeaders } from '../contract/page-policy.ts';
import { pageFile } from './page-file.ts';
import { PAGE_FOLDER } from './paths.ts';

const SCHEME = 'app';
const HOST = 'winnow';
export const PAGE_ORIGIN = `${SCHEME}://${HOST}`;
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`;

/** Registers the page's scheme. To be called before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Serves the page. To be called once the app is ready. */
export function servePage(): void {
  session.defaultSession.protocol.handle(SCHEME, async (request) => {
    const headers = pageHeaders("'none'");
    const refuse = (status: number): Response => new Response(null, { status, headers });
    if (request.method !== 'GET') return refuse(405);
    const url = new URL(request.url);
    const file = url.host === HOST ? pageFile(url.pathname, PAGE_FOLDER) : null;
    if (file === null) return refuse(403);
    const type = PAGE_TYPES[extname(file)];
    if (type === undefined) return refuse(404);
    try {
      return new Response(new Uint8Array(await readFile(file)), { headers: { ...headers, 'content-type': type } });
    } catch {
      return refuse(404);
    }
  });
}

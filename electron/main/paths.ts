// Where the built page and the preload script are, relative to this module, in a checkout and in the built app alike.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

export const PAGE_FOLDER = fromRoot('dist/renderer');
export const PRELOAD_FILE = fromRoot('dist/preload/preload.cjs');

/** Returns the entry file of a process: TypeScript in a checkout, JavaScript in the built app. */
export function entryFile(path: string): string {
  return fromRoot(`${path}${extname(import.meta.url)}`);
}

// Uploaded models stay, other uploads do not. A model is known by its path, so that it has to be at its place before the
// library reads it; one that the library refuses is removed again.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Library } from './library.ts';

/** Moves an uploaded file to where it stays; not one that is there already: the same model was uploaded before. */
export async function keepUploaded(path: string, keepAs: string): Promise<void> {
  if (existsSync(keepAs)) return;
  await mkdir(dirname(keepAs), { recursive: true, mode: 0o700 });
  await rename(path, keepAs);
}

/**
 * Removes an uploaded file that was kept, if it is not in the list: it may have been taken before, under this name. The
 * same content may lie beside it under another one.
 */
export async function dropUploaded(path: string, library: Pick<Library, 'holds'>): Promise<void> {
  if (library.holds(path)) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined);
}

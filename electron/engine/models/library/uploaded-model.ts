// Uploaded models stay, other uploads do not. A model is known by its path, so it must be in its final place before the library
// reads it; one that the library refuses is removed again.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Library } from './library.ts';

/** Moves an uploaded file to its final place, unless it is already there: the same model was uploaded before. */
export async function keepUploaded(path: string, keepAs: string): Promise<void> {
  if (existsSync(keepAs)) return;
  await mkdir(dirname(keepAs), { recursive: true, mode: 0o700 });
  await rename(path, keepAs);
}

/**
 * Removes an uploaded file that was kept, unless it is in the list: the same upload may have been accepted before. The same content
 * may lie beside it under another name.
 */
export async function dropUploaded(path: string, library: Library): Promise<void> {
  if (library.holds(path)) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined);
}

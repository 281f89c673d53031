// Uploaded models stay, other uploads do not. A model is known by its path, so that it has to be at its place before the
// library reads it; one that the library refuses is removed again.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Services } from './services.ts';
import type { Grants } from './grants.ts';

/**
 * @returns where the file of a grant for reading is from now on
 * @throws WinnowError USAGE as `Grants.path`
 */
export async function keepUpload(grants: Grants, id: string): Promise<string> {
  const { path, keepAs, access } = grants.get(id, 'read');
  if (keepAs === undefined || path === keepAs) return path;
  // there already: the same model was uploaded before, or this engine took the place of one that had moved it
  if (!existsSync(keepAs)) {
    await mkdir(dirname(keepAs), { recursive: true, mode: 0o700 });
    await rename(path, keepAs);
  }
  grants.add({ id, path: keepAs, access, keepAs });
  return keepAs;
}

/**
 * Removes the file of a grant, if it was uploaded and is not in the list: it may have been taken before, under this name.
 * The same content may lie beside it under another one.
 */
export async function dropRefused(
  { library, grants }: Pick<Services, 'library' | 'grants'>,
  id: string,
): Promise<void> {
  const { path, keepAs } = grants.get(id, 'read');
  if (path !== keepAs || library.holds(path)) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined);
}

// The app names the files that its build makes. Under test it runs from source: a built file that does not lie beside
// the running code is taken from the TypeScript file of the same name.
import { existsSync } from 'node:fs';

/** `…/preload.cjs` → `…/preload.ts` if only the latter exists. */
export function sourceSibling(path: string): string {
  if (existsSync(path)) return path;
  const source = path.replace(/\.[cm]?js$/, '.ts');
  return existsSync(source) ? source : path;
}

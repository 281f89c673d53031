import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** @returns files of this checkout, from its root, with slashes on every system */
export function sourceFiles(patterns: string | readonly string[]): string[] {
  return globSync(patterns, { cwd: ROOT }).map((path) => path.replaceAll('\\', '/'));
}

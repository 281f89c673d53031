// Tells the compiler which values each text is about, as its English words name them: TypeScript reads texts in JSON as strings of
// any content. `npm install`, `npm run lint` and the build of the app run it; git does not hold what it writes.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const TEXTS = join(import.meta.dirname, 'contract/text');
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** What processes beside the page say, with values that the compiler checks. */
const SAID_BY_ALL = ['findings', 'report', 'sentences', 'system'];

/** Every text of a language by its key, with the area in front. */
export function textsIn(language: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const file of globSync(join(TEXTS, language, '*.json'))) {
    flatten(JSON.parse(readFileSync(file, 'utf8')), basename(file, '.json'), all);
  }
  return all;
}

/** Keys of nested objects joined by dots. */
function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (typeof value === 'string') into.set(path, value);
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, child] of Object.entries(value)) flatten(child, `${path}.${key}`, into);
  } else throw new Error(`${path} is neither a text nor an object.`);
}

/** A key without the form of its plural. */
export function baseKey(key: string): string {
  return key.replace(PLURAL, '');
}

/** The names of the values that a text is about, each once. */
export function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name ?? ''))].sort();
}

/** Writes the type `Values`: by key, the names of the values. */
export function writeTextValues(): void {
  const names = new Map<string, readonly string[]>();
  for (const [key, text] of textsIn('en')) {
    if (!SAID_BY_ALL.includes(key.split('.')[0] ?? '')) continue;
    names.set(baseKey(key), [...(names.get(baseKey(key)) ?? []), ...namesIn(text)]);
  }
  const lines = [...names].map(([key, of]) => `  '${key}': ${of.map((name) => `'${name}'`).join(' | ') || 'never'};\n`);
  const [path, types] = [join(TEXTS, 'values.ts'), `export type Values = {\n${lines.join('')}};\n`];
  // written anew, it would have every bundle made anew, below processes that use them
  if (!existsSync(path) || readFileSync(path, 'utf8') !== types) writeFileSync(path, types);
}

if (import.meta.main) writeTextValues();

// The texts of all languages as they lie in their folders.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEXTS = fileURLToPath(new URL('../../../electron/contract/text/', import.meta.url));
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** What processes beside the page say, with values that the compiler checks. */
const SAID_BY_ALL = ['findings', 'report', 'sentences', 'system'];
export const VALUES_FILE = join(TEXTS, 'values.ts');

/** @returns the codes of the languages that have a folder */
export function languageFolders(): string[] {
  return globSync(join(TEXTS, '*/')).map((folder) => basename(folder));
}

export function textFiles(folder: string): string[] {
  return globSync(join(folder, '*.json'));
}

/** Every text of a language by its key, with the area in front. */
export function textsIn(language: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const file of textFiles(join(TEXTS, language))) {
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
export function baseOf(key: string): string {
  return key.replace(PLURAL, '');
}

/** The names of the values that a text is about, each once. */
export function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name ?? ''))].sort();
}

/** The file that tells the compiler which values each text is about. */
export function valuesFile(): string {
  const names = new Map<string, Set<string>>();
  for (const [key, text] of textsIn('en')) {
    if (!SAID_BY_ALL.includes(key.split('.')[0] ?? '')) continue;
    const known = names.get(baseOf(key)) ?? new Set();
    names.set(baseOf(key), new Set([...known, ...namesIn(text)]));
  }
  const lines = [...names].map(
    ([key, of]) => `  '${key}': ${[...of].map((name) => `'${name}'`).join(' | ') || 'never'};`,
  );
  return [
    '// Made of the English texts by "npm run texts": by key, the names of the values that each is about.',
    'export type Values = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}

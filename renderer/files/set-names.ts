// The name of a new demo set.
import type { Domain } from '../../electron/contract/api/demos.ts';

const MAX_CHARS = 80;
/** Shorter common beginnings, such as "a", mean nothing. */
const TELLING_CHARS = 3;

/**
 * Returns the name of a set. @param fileNames its first files: one gives its own name; several give their common
 * beginning, or the first one's name
 */
export function suggestName(fileNames: readonly string[]): string {
  const stems = fileNames.map((name) => name.replace(/\.[^.]+$/, '') || name);
  const [first = ''] = stems;
  const beginning = stems.reduce(commonBeginning, first).replace(/[\s\d._-]+$/, '');
  return (stems.length > 1 && beginning.length >= TELLING_CHARS ? beginning : first).slice(0, MAX_CHARS);
}

function commonBeginning(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

/** @returns the name, or the first free one of "name 2", "name 3", … */
export function freeSetName(name: string, domains: readonly Pick<Domain, 'name'>[]): string {
  const names = new Set(domains.map((domain) => domain.name));
  let free = name;
  for (let n = 2; names.has(free); n++) free = `${name} ${n}`;
  return free;
}

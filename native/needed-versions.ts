// Which versions of the system's C and C++ libraries native code requires, read from the files themselves.
import { readFileSync } from 'node:fs';

/** Versions as numbers, the newest that is required: [2, 34]. */
export type NeededVersions = { readonly glibc: readonly number[]; readonly glibcxx: readonly number[] };

/** @returns below 0 if `a` is older than `b`, above 0 if it is newer */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, index) => part !== (b[index] ?? 0));
  return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0);
}

function newest(text: string, name: 'GLIBC' | 'GLIBCXX'): readonly number[] {
  // as they are in a linked file: names ended by a zero
  const versions = [...text.matchAll(new RegExp(`\\0${name}_([\\d.]+)(?=\\0)`, 'g'))].map(([, version = '']) =>
    version.split('.').map(Number),
  );
  return versions.reduce((most, version) => (compareVersions(version, most) > 0 ? version : most), [0]);
}

/**
 * Returns the newest versions that Linux programs and libraries need.
 * @throws if a file cannot be read
 */
export function neededVersions(paths: readonly string[]): NeededVersions {
  // names of versions follow one another, each ended by a zero, so that one zero is before and after each
  const texts = paths.map((path) => readFileSync(path, 'latin1')).join('\0');
  return { glibc: newest(texts, 'GLIBC'), glibcxx: newest(texts, 'GLIBCXX') };
}

// A library that this system cannot load, as a real one is that was made for another: one with a name in its tables exchanged.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

const root = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
/** A library that needs glibc and libstdc++ alone. */
export const SPECIMEN = join(root, 'prebuilds', `linux-${process.arch}.node`);

/**
 * @param from a name in the library's tables, such as "GLIBC_2.34"; `to` is as long
 * @returns what the system's loader says of it
 */
export function loaderSaysOf(folder: string, from: string, to: string): string {
  const path = join(folder, 'patched.node');
  const text = readFileSync(SPECIMEN, 'latin1');
  if (from.length !== to.length || !text.includes(`${from}\0`)) throw new Error(`${from} is not in ${SPECIMEN}`);
  writeFileSync(path, text.replaceAll(`${from}\0`, `${to}\0`), 'latin1');
  try {
    process.dlopen({ exports: {} }, path);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was loaded');
}

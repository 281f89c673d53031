// A library that this system cannot load, as a real one is that was made for another: one with a name in its tables exchanged.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

const root = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
/** A library that needs glibc and libstdc++ alone. */
export const SPECIMEN = join(root, 'prebuilds', `linux-${process.arch}.node`);

/** The same for Windows. */
export const WINDOWS_SPECIMEN = join(root, 'prebuilds', 'win32-x64.node');

/**
 * A Windows library that asks for another one than it should.
 * @param library no longer a name than that of the one whose place it takes
 * @returns its path
 */
export function patchedImport(folder: string, library: string): string {
  const path = join(folder, 'patched.dll');
  const replaced = 'KERNEL32.dll';
  const text = readFileSync(WINDOWS_SPECIMEN, 'latin1');
  if (library.length > replaced.length || !text.includes(`${replaced}\0`)) throw new Error(`${library} does not fit`);
  writeFileSync(path, text.replace(`${replaced}\0`, `${library}\0`.padEnd(replaced.length + 1, '\0')), 'latin1');
  return path;
}

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

// A home folder with finished work in it, made once for all specs; each test gets a copy of its database.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from './seed/data-folder.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The models that the copies speak of lie in it. */
export const WORK_HOME = here('../../out/e2e-work/home');

/** @param home an empty folder */
export function makeWorkHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  runSeed('make-work-home.ts', home);
}

/** Node runs the seeds as it runs the engine, without the test runner's own loaders. */
export function runSeed(script: string, ...args: string[]): void {
  const { NODE_OPTIONS: _loaders, ...env } = process.env;
  execFileSync(process.execPath, [here(`seed/${script}`), ...args], { env, stdio: 'inherit' });
}

/** Gives a person's home folder the database of the finished work. */
export function copyWork(home: string): void {
  const source = dataFolder(WORK_HOME);
  const target = join(home, relative(WORK_HOME, source));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { recursive: true });
}

// Home folders that are made once for all specs; each test gets a copy of their database.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from './seed/data-folder.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** With finished work. The models that the copies speak of lie in it. */
export const WORK_HOME = here('../../out/e2e-work/home');
/** With nothing but a setting: what is written is not measured. */
const UNMEASURED_HOME = here('../../out/e2e-work/unmeasured');

export function makeHomes(): void {
  for (const [home, seed] of [
    [WORK_HOME, 'make-work-home.ts'],
    [UNMEASURED_HOME, 'make-unmeasured-home.ts'],
  ] as const) {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    runSeed(seed, home);
  }
}

/** Node runs the seeds as it runs the engine. */
export function runSeed(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [here(`seed/${script}`), ...args], { stdio: 'inherit' });
}

/** Gives a person's home folder the database of the finished work. */
export function copyWork(home: string): void {
  copyData(WORK_HOME, home);
}

/** Gives a person's home folder the setting that files are not measured once they are written: what that takes is shown elsewhere. */
export function copyUnmeasured(home: string): void {
  copyData(UNMEASURED_HOME, home);
}

function copyData(from: string, to: string): void {
  const source = dataFolder(from);
  const target = join(to, relative(from, source));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { recursive: true });
}

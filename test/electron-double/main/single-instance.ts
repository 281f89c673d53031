// One instance per user-data folder. A lock file names the process that holds it; a later instance leaves its arguments
// beside it. All of it is synchronous for the later one, which usually quits at once.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type SecondInstance = {
  readonly argv: string[];
  readonly workingDirectory: string;
  readonly data: Record<string, unknown>;
};

/** @returns false if a living process holds the lock; that process has then been told of this one */
export function takeSingleInstanceLock(
  userData: string,
  data: Record<string, unknown>,
  onSecond: (second: SecondInstance) => void,
): boolean {
  mkdirSync(userData, { recursive: true });
  const lock = join(userData, 'SingletonLock');
  if (holderLives(lock)) {
    callFirst(userData, { argv: process.argv, workingDirectory: process.cwd(), data });
    return false;
  }
  writeFileSync(lock, `${process.pid}`);
  process.once('exit', () => {
    rmSync(lock, { force: true });
  });
  listen(userData, onSecond);
  return true;
}

function holderLives(lock: string): boolean {
  if (!existsSync(lock)) return false;
  const pid = Number(readFileSync(lock, 'utf8'));
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function callFirst(userData: string, second: SecondInstance): void {
  const path = join(userData, `SingletonCall-${process.pid}`);
  writeFileSync(`${path}.part`, JSON.stringify(second));
  renameSync(`${path}.part`, path);
}

function listen(userData: string, onSecond: (second: SecondInstance) => void): void {
  watch(userData, { persistent: false }, (_event, name) => {
    const path = join(userData, name ?? '');
    if (!name || !/^SingletonCall-\d+$/.test(name) || !existsSync(path)) return;
    const second = JSON.parse(readFileSync(path, 'utf8')) as SecondInstance;
    rmSync(path);
    onSecond(second);
  });
}

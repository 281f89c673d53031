// Runs programs of tests at once: each waits for a part of its time, for processes, pages and timers.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const running = new Set<ChildProcess>();

/** Node's arguments for vitest. */
export const vitest = (...args: readonly string[]): string[] => ['node_modules/vitest/vitest.mjs', 'run', ...args];

/**
 * Each in a group of its own, by which all that it starts can be ended.
 * @param programs arguments of Node
 * @returns their exit codes
 */
export function sideBySide(...programs: readonly (readonly string[])[]): Promise<number[]> {
  return Promise.all(programs.map(run));
}

async function run(program: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  running.add(child);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  running.delete(child);
  return code ?? 1;
}

/**
 * Ends all that `sideBySide` has started, and this process.
 * @param afterwards ends what these have started apart from themselves
 */
export function giveUp(why: string, afterwards: () => void = () => {}): never {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  afterwards();
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

/** Gives up where the user interrupts them. */
export function endOnSignals(...how: Parameters<typeof giveUp>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(...how));
}

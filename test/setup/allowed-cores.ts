// The cores that this process may use: in a container, or under taskset, not always the first ones.
import { spawnSync } from 'node:child_process';

/** @returns null where the system has no taskset */
export function allowedCores(): number[] | null {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) return null;
  return stdout
    .slice(stdout.lastIndexOf(':') + 1)
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/**
 * How many tests that start processes run at a time (test/setup/own-cores.ts says on which cores). They wait for a third to a half of
 * their time, for processes, pages and timers, so that two for each of two cores keep both busy.
 */
export function testWorkers(cores: readonly number[]): number {
  return cores.length > 1 ? 4 : 1;
}

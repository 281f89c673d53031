// Looks again and again at what a process group takes of the memory, and ends processes. Linux: /proc tells; elsewhere no
// memory is seen.
import { readdirSync } from 'node:fs';
import { statOf, statusNumber } from '../linux-processes.ts';

const EVERY_MS = 100;

/**
 * @param leader the process whose group is watched: its own and its children's
 * @param limitBytes resident memory of all of them together
 * @param over called once when they take more
 * @returns ends the watch and says how much they took at most, in bytes
 */
export function watchMemory(leader: number, limitBytes: number, over: () => void): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    const bytes = groupMemory(leader);
    if (bytes > limitBytes && peak <= limitBytes) over();
    peak = Math.max(peak, bytes);
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** Ends a process at once, whatever it is doing. @param pid a negative one is a process group; 0 never started */
export function kill(pid: number): void {
  try {
    if (pid !== 0) process.kill(pid, 'SIGKILL');
  } catch (error) {
    // nobody is left; macOS says EPERM of those that have ended and wait for their parent
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function groupMemory(leader: number): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.group === leader)
    .reduce((sum, pid) => sum + statusNumber(pid, 'VmRSS') * 1024, 0);
}

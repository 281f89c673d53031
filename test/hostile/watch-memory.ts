// Looks again and again at what a process group takes of the memory. Linux: /proc tells; elsewhere nothing is seen.
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

/**
 * As `watchMemory`, and kills the group when it takes more, or is there for longer.
 * @returns ends the watch; `broken` says why it was killed
 */
export function holdWithin(
  leader: number,
  { memoryBytes, timeoutMs }: { readonly memoryBytes: number; readonly timeoutMs: number },
): () => { readonly broken: string | null; readonly peakBytes: number } {
  let broken: string | null = null;
  const kill = (because: string): void => {
    broken = because;
    killGroup(leader);
  };
  const endWatch = watchMemory(leader, memoryBytes, () => kill(`more than ${memoryBytes} bytes of memory`));
  const timeout = setTimeout(() => kill(`still there after ${timeoutMs} ms`), timeoutMs);
  return () => {
    clearTimeout(timeout);
    return { broken, peakBytes: endWatch() };
  };
}

export function killGroup(leader: number): void {
  if (leader === 0) return; // it never started; 0 would be one's own group
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // nobody is left
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

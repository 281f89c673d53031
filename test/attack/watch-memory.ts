// Looks again and again at what a process group takes of the memory. Linux: /proc tells; elsewhere nothing is seen.
import { readdirSync, readFileSync } from 'node:fs';

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

function groupMemory(leader: number): number {
  if (process.platform !== 'linux') return 0;
  let bytes = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // behind the program's name, which may hold anything: state, parent, group
      const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
      if (group === leader)
        bytes += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    } catch {
      // ended meanwhile
    }
  }
  return bytes;
}

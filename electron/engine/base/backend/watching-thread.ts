// Entry of the thread that ends its process: see parent-port.ts.
import { workerData } from 'node:worker_threads';

const MIB = 1024 * 1024;

const { parent, graceMs, memoryMiB } = workerData as Readonly<Record<'parent' | 'graceMs' | 'memoryMiB', number>>;
/** Shorter with a memory limit: memory fills up faster than parents die. */
const lookMs = memoryMiB === Infinity ? 250 : 100;

function end(): void {
  // SIGKILL, because exit handlers would wait for what the process is doing
  process.kill(process.pid, 'SIGKILL');
}

function isParentGone(): boolean {
  // a process that loses its parent gets another one, except on Windows, where the number stays
  if (process.platform !== 'win32') return process.ppid !== parent;
  try {
    process.kill(parent, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

const looking = setInterval(() => {
  if (process.memoryUsage.rss() > memoryMiB * MIB) end();
  if (!isParentGone()) return;
  clearInterval(looking);
  setTimeout(end, graceMs);
}, lookMs);

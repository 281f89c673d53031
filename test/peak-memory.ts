import { readFileSync } from 'node:fs';

/** Resident memory of a process at its highest, in bytes; 0 where the system does not say, or the process is gone. */
export function peakMemory(pid: number): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

import { statusNumber } from './linux-processes.ts';

/** Resident memory of a process at its highest, in bytes; 0 where the system does not say, or the process is gone. */
export function peakMemory(pid: number): number {
  return statusNumber(pid, 'VmHWM') * 1024;
}

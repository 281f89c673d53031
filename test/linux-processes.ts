// What /proc says of running processes. Linux.
import { readFileSync } from 'node:fs';

/** Null: the process is gone. */
export function statOf(
  pid: number,
): { readonly state: string; readonly parent: number; readonly group: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the program's name stands in parentheses and may hold anything
    const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent), group: Number(group) };
  } catch {
    return null;
  }
}

/** A number of /proc/PID/status, such as VmRSS in KiB; 0: the process is gone, or the system does not say. */
export function statusNumber(pid: number, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Resident memory of a process at its highest, in bytes; 0 where the system does not say, or the process is gone. */
export function peakMemory(pid: number): number {
  return statusNumber(pid, 'VmHWM') * 1024;
}

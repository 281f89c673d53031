// How busy the machine is.
import { availableParallelism, loadavg } from 'node:os';

/**
 * How many times as long work on this many threads takes beside everything else that this machine does now: they share its cores.
 * @returns 1 if there are cores for all, and on Windows, which does not report its load
 */
export function slownessNow(threads: number, [load = 0] = loadavg(), cores = availableParallelism()): number {
  return Math.max(1, (load + threads) / Math.max(cores, threads));
}

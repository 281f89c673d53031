// How busy the machine is.
import { availableParallelism, loadavg } from 'node:os';

/**
 * How many times as long work with so many threads takes beside all that this machine does now: they share its cores.
 * @returns 1 where there are cores for all, and on Windows, which does not say how many there are not
 */
export function slownessNow(threads: number, [load = 0] = loadavg(), cores = availableParallelism()): number {
  return Math.max(1, (load + threads) / Math.max(cores, threads));
}

// Ends the workers of cancelled work that does not stop by itself.
import type { WorkerHost } from './worker-host.ts';

/**
 * How long a worker may take to stop by itself. llama.cpp checks its flag between two nodes of a graph, and one node of a
 * large model with a large ubatch takes many seconds on a CPU, as does a tensor that is read from a slow disk.
 */
const GRACE_MS = 1000;

/** Starts workers as `host` does, and kills those that still run `graceMs` after the signal was aborted. */
export function endingHost(host: WorkerHost, signal: AbortSignal, graceMs = GRACE_MS): WorkerHost {
  return (spec) => {
    const worker = host(spec);
    let timer: NodeJS.Timeout | undefined;
    const endSoon = (): void => void (timer = setTimeout(() => worker.kill(), graceMs));
    if (signal.aborted) endSoon();
    else signal.addEventListener('abort', endSoon, { once: true });
    worker.onExit(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', endSoon);
    });
    return worker;
  };
}

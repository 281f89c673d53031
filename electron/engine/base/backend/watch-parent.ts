// Ends a process whose parent is gone, or that holds more memory than it may, whatever it is doing: in llama.cpp, in a
// template, in a decoder, in SQLite.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

type WatchOptions = {
  /** How long the process may take to end by itself once its parent is gone. */
  readonly graceMs?: number;
  /** What it may hold in RAM. */
  readonly memoryMiB?: number;
};

export type WatchSetup = Required<WatchOptions> & { readonly parent: number };

/**
 * To be called first by each process that another one of Winnow's starts. A thread with an event loop of its own watches:
 * the process's own hears of nothing while it computes. The system could tell by itself on some platforms (Linux signals
 * a parent's death, but of the thread that forked), on none of them without native code, which chat workers do not load.
 */
export function watchParent({ graceMs = 0, memoryMiB = Infinity }: WatchOptions = {}): void {
  const { url } = import.meta;
  // TypeScript in a checkout, JavaScript in the built app
  const watching = new Worker(new URL(`./watching-thread${extname(url)}`, url), {
    workerData: { parent: process.ppid, graceMs, memoryMiB } satisfies WatchSetup,
    // not what the process was told to load for itself
    execArgv: [],
  });
  watching.unref();
}

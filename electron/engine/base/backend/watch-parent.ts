// Ends a process when its parent is gone or when it holds more memory than it may, whatever it is doing: in llama.cpp, in a
// template, in a decoder, in SQLite.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

type WatchOptions = {
  /** How long the process may take to end by itself once its parent is gone. */
  readonly graceMs?: number;
  /** The most that it may hold in RAM. */
  readonly memoryMiB?: number;
};

/**
 * Each process that another Winnow process starts calls this first. A thread with an event loop of its own watches: the
 * process's own loop gets no events while it computes. Some platforms could report this (Linux signals a parent's death, but
 * of the thread that forked), but none without native code, which not every worker loads.
 */
export function watchParent({ graceMs = 0, memoryMiB = Infinity }: WatchOptions = {}): void {
  const { url } = import.meta;
  // TypeScript in a checkout, JavaScript in the built app
  const watching = new Worker(new URL(`./watching-thread${extname(url)}`, url), {
    workerData: { parent: process.ppid, graceMs, memoryMiB },
    // without the options that tell the process itself what to load
    execArgv: [],
  });
  watching.unref();
}

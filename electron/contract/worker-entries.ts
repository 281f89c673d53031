// The kinds of worker processes, and what whoever starts one adds to its environment.

export const WORKER_ENTRIES = ['backend', 'hub', 'reader', 'renderer'] as const;
export type WorkerEntry = (typeof WORKER_ENTRIES)[number];

/** Variables that a worker needs before its first line of code runs. */
export function workerEnv(entry: WorkerEntry): Readonly<Record<string, string>> {
  return {
    // llama.cpp would start a debugger to print a backtrace
    GGML_NO_BACKTRACE: '1',
    // The downloader notes that a piece is there while it is still being written. One thread writes in order: first the piece, then
    // the note. With more, a killed process can leave the note of a piece that it never wrote.
    ...(entry === 'hub' && { UV_THREADPOOL_SIZE: '1' }),
  };
}

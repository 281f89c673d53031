// Reads a file in a thread of its own with a bounded heap. Decoders of Parquet and Arrow trust lengths that a corrupt
// file holds, and a JSON document is parsed at once: both would take the engine's memory, or its only thread, with them.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorFromData, type ErrorData } from '../../contract/errors.ts';
import { READER_HEAP_MIB, READER_SILENCE_MS } from './limits.ts';
import { formatError, type RowRead, type RowReads } from './source-file.ts';

export type ReaderJob = { readonly path: string; readonly format: 'parquet' | 'arrow' | 'json' };

/** The thread's answer to each request for more. */
export type ReaderReply = { readonly rows: RowRead[] } | { readonly error: ErrorData } | { readonly end: true };

/**
 * The rows of the file, as plain values; `line` is the row's number, from 1.
 *
 * @throws WinnowError DEMO_FORMAT where the file is corrupt or too large to decode.
 */
export async function* readInThread(job: ReaderJob): RowReads {
  const { url } = import.meta;
  // TypeScript in a checkout, JavaScript in the built app
  const worker = new Worker(new URL(`./reader-thread${extname(url)}`, url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: READER_HEAP_MIB },
  });
  // An error between two requests would otherwise end the engine; it shows as an exit at the next one.
  worker.on('error', () => undefined);
  try {
    for (;;) {
      const reply = await nextReply(worker, job.path);
      if ('error' in reply) throw errorFromData(reply.error);
      if ('end' in reply) return;
      yield* reply.rows;
    }
  } finally {
    await worker.terminate();
  }
}

function nextReply(worker: Worker, path: string): Promise<ReaderReply> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string, cause?: unknown): void => {
      settle();
      reject(formatError(path, problem, cause));
    };
    const onMessage = (reply: ReaderReply): void => {
      settle();
      resolve(reply);
    };
    const onError = (error: Error): void =>
      fail(`cannot be decoded, the file is corrupt or too large (${error.message})`, error);
    const onExit = (): void => fail('cannot be decoded, the decoder ended early');
    const silence = setTimeout(() => fail('cannot be decoded, the decoder does not come to an end'), READER_SILENCE_MS);
    const settle = (): void => {
      clearTimeout(silence);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage('next');
  });
}

// Decodes a Parquet, Arrow or JSON file in a thread that can be abandoned: hostile metadata can make a decoder run for
// hours, or ask for more memory than there is.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorFromData, type ErrorData } from '../../contract/errors.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { READER_HEAP_MIB, READER_SILENCE_MS } from './limits.ts';
import type { ReaderBatch, ReaderJob } from './reader-calls.ts';
import { formatError } from './source-file.ts';

/** The thread's answer to each request for more rows, and `alive` in between while it decodes. */
export type DecoderReply = ReaderBatch | { readonly error: ErrorData } | { readonly alive: true };

export class DecoderThread {
  readonly #path: string;
  readonly #worker: Worker;

  constructor(job: ReaderJob) {
    this.#path = job.path;
    const { url } = import.meta;
    // TypeScript in a checkout, JavaScript in the built app
    this.#worker = new Worker(new URL(`./decode-file${extname(url)}`, url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: READER_HEAP_MIB },
    });
    // An error between two requests would otherwise end the process; it appears as an exit at the next one.
    this.#worker.on('error', () => undefined);
  }

  /** @throws WinnowError DEMO_FORMAT if the file is corrupt or too large to decode. */
  next(): Promise<ReaderBatch> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const fail = (problem: Sentence, cause?: unknown): void => {
        settle();
        reject(formatError(this.#path, problem, cause));
      };
      const onMessage = (reply: DecoderReply): void => {
        if ('alive' in reply) {
          silence.refresh();
          return;
        }
        settle();
        if ('error' in reply) reject(errorFromData(reply.error));
        else resolve(reply);
      };
      const onError = (error: Error): void => fail(say('decoderFailed', { reason: error.message }), error);
      const onExit = (): void => fail(say('decoderEnded'));
      const silence = setTimeout(() => fail(say('decoderEndless')), READER_SILENCE_MS);
      const settle = (): void => {
        clearTimeout(silence);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage('next');
    });
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

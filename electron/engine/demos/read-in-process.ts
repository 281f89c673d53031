// Reads a Parquet or JSON file in a process of its own, since reading it may crash the process.
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { diedOfTheSystem, WorkerClient } from '../base/backend/worker-client.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { READER_SILENCE_MS } from './limits.ts';
import { methods, type ReaderJob } from './reader-calls.ts';
import { formatError, type RowRead } from './source-file.ts';

/**
 * The rows of the file, as plain values; `line` is the row's number, from 1.
 *
 * @throws WinnowError DEMO_FORMAT if the file is corrupt or too large to decode; BACKEND_CRASHED if no process
 *   starts.
 */
export async function* readInProcess(job: ReaderJob, host: WorkerHost): AsyncIterable<RowRead> {
  const reader = new WorkerClient('reader', methods, host({ entry: 'reader', args: [] }));
  const silent = new AbortController();
  const giveUp = (): void => {
    silent.abort();
    void reader.close();
  };
  try {
    await reader.call('open', job);
    for (;;) {
      const silence = setTimeout(giveUp, READER_SILENCE_MS);
      const next = reader.call('next', {}, { onProgress: () => silence.refresh() });
      const { rows, end } = await next.finally(() => clearTimeout(silence));
      yield* rows;
      if (end) return;
    }
  } catch (error) {
    if (silent.signal.aborted) throw formatError(job.path, say('decoderEndless'), error);
    throw diedOfTheFile(error) ? formatError(job.path, say('decoderMemory'), error) : error;
  } finally {
    void reader.close();
  }
}

function diedOfTheFile(error: unknown): boolean {
  return error instanceof WinnowError && error.code === 'BACKEND_CRASHED' && !diedOfTheSystem(error);
}

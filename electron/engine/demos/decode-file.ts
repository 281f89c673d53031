// Entry of the thread that decodes one Parquet, Arrow or JSON file. It sends rows in batches, each on request.
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData } from '../../contract/errors.ts';
import { asImportError } from './import-error.ts';
import { sizeChars, toPlain, Unusable } from './plain.ts';
import type { DecoderReply } from './decoder-thread.ts';
import type { ReaderJob } from './reader-calls.ts';
import type { RowRead } from './source-file.ts';

const BATCH_ROWS = 1000;
const BATCH_CHARS = 4 * 1024 * 1024;
const ALIVE_INTERVAL_MS = 500;

/** A row as plain values: vectors are live views of the decoder's memory and cannot be sent. */
function plainRow(read: RowRead): RowRead {
  if ('reason' in read) return read;
  try {
    return { line: read.line, row: toPlain(read.row) };
  } catch (error) {
    if (error instanceof Unusable) return { line: read.line, reason: error.reason };
    throw error;
  }
}

/** The reader of a format. A thread loads only the decoder that it needs. */
async function readerOf(
  { path, format, columns, document }: ReaderJob,
  alive: () => void,
): Promise<AsyncIterable<RowRead>> {
  switch (format) {
    case 'parquet':
      return (await import('./read-parquet.ts')).readParquet(path, columns, alive);
    case 'arrow':
      return (await import('./read-arrow.ts')).readArrow(path, columns, alive);
    case 'json':
      return (await import('./read-json.ts')).readJson(path, document, alive);
  }
}

async function* batches(job: ReaderJob, alive: () => void): AsyncGenerator<RowRead[]> {
  let batch: RowRead[] = [];
  let chars = 0;
  for await (const read of await readerOf(job, alive)) {
    const plain = plainRow(read);
    batch.push(plain);
    chars += sizeChars(plain);
    if (batch.length < BATCH_ROWS && chars < BATCH_CHARS) continue;
    yield batch;
    batch = [];
    chars = 0;
  }
  if (batch.length > 0) yield batch;
}

const port = parentPort;
if (port !== null) {
  const job = workerData as ReaderJob;
  const reply = (message: DecoderReply): void => port.postMessage(message);
  let signed = performance.now();
  const alive = (): void => {
    if (performance.now() - signed < ALIVE_INTERVAL_MS) return;
    signed = performance.now();
    reply({ alive: true });
  };
  const source = batches(job, alive);
  port.on('message', () => {
    source.next().then(
      (next) => reply({ rows: next.done === true ? [] : next.value, end: next.done === true }),
      (error: unknown) => reply({ error: errorToData(asImportError(job.path, job.format, error)) }),
    );
  });
}

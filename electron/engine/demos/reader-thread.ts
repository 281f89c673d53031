// Entry of the thread that reads one Parquet, Arrow or JSON file. Rows go to the importer in batches, each on request.
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData } from '../../contract/errors.ts';
import { asImportError } from './import-error.ts';
import { toPlain, Unusable } from './plain.ts';
import type { ReaderJob, ReaderReply } from './read-in-thread.ts';
import type { RowRead, RowReads } from './source-file.ts';

const BATCH_ROWS = 1000;
const BATCH_CHARS = 4 * 1024 * 1024;

/** Rows can be sent only once they are plain: vectors are live views of the decoder's memory. */
function plainRow(read: RowRead): RowRead {
  if ('reason' in read) return read;
  try {
    return { line: read.line, row: toPlain(read.row) };
  } catch (error) {
    if (error instanceof Unusable) return { line: read.line, reason: error.message };
    throw error;
  }
}

function sizeChars(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, member) => sum + sizeChars(member), 1);
}

/** A thread loads the decoder that it needs only. */
async function readerOf({ path, format }: ReaderJob): Promise<RowReads> {
  switch (format) {
    case 'parquet':
      return (await import('./read-parquet.ts')).readParquet(path);
    case 'arrow':
      return (await import('./read-arrow.ts')).readArrow(path);
    case 'json':
      return (await import('./read-json.ts')).readJson(path);
  }
}

async function* batches(job: ReaderJob): AsyncGenerator<RowRead[]> {
  let batch: RowRead[] = [];
  let chars = 0;
  for await (const read of await readerOf(job)) {
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
  const source = batches(job);
  const reply = (message: ReaderReply): void => port.postMessage(message);
  port.on('message', () => {
    source.next().then(
      ({ done, value }) => reply(done === true ? { end: true } : { rows: value }),
      (error: unknown) => reply({ error: errorToData(asImportError(job.path, job.format, error)) }),
    );
  });
}

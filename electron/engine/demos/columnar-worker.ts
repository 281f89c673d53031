// Entry of the thread that decodes one Parquet or Arrow file. Rows go to the importer in batches, each on request.
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData } from '../../contract/errors.ts';
import { asImportError } from './import-error.ts';
import { toPlain, Unusable } from './plain.ts';
import { readArrow } from './read-arrow.ts';
import { readParquet } from './read-parquet.ts';
import type { RowRead } from './source-file.ts';
import type { ColumnarJob, ColumnarReply } from './read-columnar.ts';

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

async function* batches(job: ColumnarJob): AsyncGenerator<RowRead[]> {
  let batch: RowRead[] = [];
  let chars = 0;
  for await (const read of job.format === 'parquet' ? readParquet(job.path) : readArrow(job.path)) {
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
  const job = workerData as ColumnarJob;
  const source = batches(job);
  const reply = (message: ColumnarReply): void => port.postMessage(message);
  port.on('message', () => {
    source.next().then(
      ({ done, value }) => reply(done === true ? { end: true } : { rows: value }),
      (error: unknown) => reply({ error: errorToData(asImportError(job.path, job.format, error)) }),
    );
  });
}

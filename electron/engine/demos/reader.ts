// Entry of a reader process: decodes one Parquet, Arrow or JSON file, and sends its rows in batches. A few hundred hostile bytes
// can make a decoder run for hours, or ask for more memory than a process may have.
import { WinnowError } from '../../contract/errors.ts';
import { answerCalls } from '../base/backend/answer-calls.ts';
import { watchParent } from '../base/backend/parent-port.ts';
import { asImportError, type RowRead } from './source-file.ts';
import { READER_MEMORY_MIB } from './limits.ts';
import { sizeChars, toPlain, Unusable } from './plain.ts';
import { methods, type ReaderJob } from './reader-calls.ts';

const BATCH_ROWS = 1000;
const BATCH_CHARS = 4 * 1024 * 1024;

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

/** The reader of a format. A process loads only the decoder that it needs. */
async function openReader({ path, format, columns }: ReaderJob): Promise<AsyncIterable<RowRead>> {
  if (format === 'parquet') return (await import('./read-parquet.ts')).readParquet(path, columns, alive);
  if (format === 'arrow') return (await import('./read-arrow.ts')).readArrow(path, columns, alive);
  return (await import('./read-json.ts')).readJson(path, alive);
}

async function* batches(job: ReaderJob): AsyncGenerator<RowRead[], undefined> {
  let batch: RowRead[] = [];
  let chars = 0;
  try {
    for await (const read of await openReader(job)) {
      const plain = plainRow(read);
      batch.push(plain);
      chars += sizeChars(plain);
      if (batch.length < BATCH_ROWS && chars < BATCH_CHARS) continue;
      yield batch;
      batch = [];
      chars = 0;
    }
  } catch (error) {
    throw asImportError(job.path, job.format, error);
  }
  if (batch.length > 0) yield batch;
}

watchParent({ memoryMiB: READER_MEMORY_MIB });

let rows: AsyncGenerator<RowRead[], undefined> | null = null;
/** Called while the file is read. */
let alive = (): void => {};

answerCalls(methods, {
  open: (job) => {
    rows = batches(job);
    return null;
  },
  next: async (_, task) => {
    if (!rows) throw new WinnowError('INTERNAL', 'no file is open in this reader');
    alive = () => task.onProgress(0, 1);
    const { value, done } = await rows.next();
    return { rows: done === true ? [] : value, end: done === true };
  },
});

// Reader of Arrow IPC data: the stream format, in which Hugging Face datasets are cached, and the file format.
import { open, type FileHandle } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { CompressionType, compressionRegistry, DataType, RecordBatchReader } from 'apache-arrow';
import { msg } from '../../contract/sentences.ts';
import { BoundedFile } from './bounded-file.ts';
import { MAX_ROW_GROUP_BYTES } from './limits.ts';
import { decodedColumns } from './normalise.ts';
import type { WantedColumns } from './reader-calls.ts';
import { formatError, type RowRead } from './source-file.ts';

const MAGIC = Buffer.from('ARROW1');

compressionRegistry.set(CompressionType.ZSTD, {
  decode: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: MAX_ROW_GROUP_BYTES }),
});

/**
 * The rows of a file; `line` is the row's number in it, from 1. Throws whatever the decoder throws on a corrupt file.
 * @param alive called while the file is read
 */
export async function* readArrow(path: string, wanted: WantedColumns, alive: () => void): AsyncIterable<RowRead> {
  await using file = await open(path);
  await requireWhole(path, file);
  const bounded = await BoundedFile.of(file, alive);
  const read = { value: bounded.read.bind(bounded) };
  const reader = await RecordBatchReader.from(Object.create(file, { read }) as FileHandle);
  await reader.open();
  let line = 0;
  for await (const batch of reader) {
    const names = batch.schema.fields.map((field) => field.name);
    const allColumns = Object.fromEntries(names.map((name) => [name, null]));
    const isSimple = (name: string): boolean =>
      batch.schema.fields.some((field) => field.name === name && isScalar(field.type as DataType));
    const columns = decodedColumns(names, wanted, isSimple).map((name) => ({ name, values: batch.getChild(name) }));
    for (let i = 0; i < batch.numRows; i += 1) {
      line += 1;
      const cells = columns.map(({ name, values }): [string, unknown] => [name, values?.get(i) ?? null]);
      yield { line, row: { ...allColumns, ...Object.fromEntries(cells) } };
    }
  }
}

/** Whether a type holds one text, number or boolean. */
function isScalar(type: DataType): boolean {
  const of = DataType.isDictionary(type) ? (type.dictionary as DataType) : type;
  return (
    DataType.isUtf8(of) || DataType.isLargeUtf8(of) || DataType.isInt(of) || DataType.isFloat(of) || DataType.isBool(of)
  );
}

/** Refuses a truncated file: the file format has the same mark at both ends; a stream has none. */
async function requireWhole(path: string, file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const ends = [Buffer.alloc(MAGIC.length), Buffer.alloc(MAGIC.length)] as const;
  await file.read(ends[0], 0, MAGIC.length, 0);
  await file.read(ends[1], 0, MAGIC.length, Math.max(0, size - MAGIC.length));
  if (ends[0].equals(MAGIC) && !ends[1].equals(MAGIC)) {
    throw formatError(path, msg('arrowTruncated'));
  }
}

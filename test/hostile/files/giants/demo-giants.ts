// Demo files that are larger than what anybody scores with, or grow to that when they are decoded.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionRegistry, CompressionType, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { zipOf } from '../demos/zip.ts';
import type { Piece } from './sparse.ts';

const MiB = 1 << 20;
const GiB = 1 << 30;

/** Zigzag and base 128, as Thrift's compact protocol writes whole numbers. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

const DEFINITION_LEVELS = Buffer.from('03f71801', 'hex');

/**
 * 326 bytes: one page whose header counts `values`, and whose definition levels are one run of as many. Decoders make a
 * list of that length first.
 */
export function parquetOfManyValues(values: number): Buffer {
  const data = Array.from({ length: 20 }, (_, i) => (i === 3 ? null : `text ${i}`));
  const sound = Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'text', data, type: 'STRING' }],
      codec: 'UNCOMPRESSED',
      statistics: false,
    }),
  );
  // the header of the second version of data pages, field 8: a struct that begins with the count, 20 zigzag
  const header = sound.indexOf(Buffer.from('5c1528', 'hex'));
  const count = varint(values);
  const longer = count.length - 1;
  const size = varint(204 - longer);
  const sizes = Buffer.concat([Buffer.from([0x15]), size, Buffer.from([0x15]), size]);
  const head = Buffer.concat([
    sound.subarray(0, header),
    Buffer.from('5c15', 'hex'),
    count,
    sound.subarray(header + 3),
  ]);
  const run = Buffer.concat([varint(values), Buffer.from([1])]);
  run.copy(head, head.indexOf(DEFINITION_LEVELS));
  const at = head.indexOf(Buffer.from('159803159803', 'hex'));
  const resized = Buffer.concat([head.subarray(0, at), sizes, head.subarray(at + 6)]);
  const cut = resized.indexOf('text 10');
  return Buffer.concat([resized.subarray(0, cut), resized.subarray(cut + longer)]);
}

/** A column of one text said again and again: some kilobytes that become `bytes`. */
function parquetOfRepeats(bytes: number): Buffer {
  const text = 'x'.repeat(MiB);
  const data = Array.from({ length: bytes / MiB }, (_, i) => `${text}${i}`);
  return Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'text', data, type: 'STRING', encoding: 'PLAIN' }],
      codec: 'GZIP',
      compressors: { GZIP: (input) => gzipSync(input) },
      rowGroupSize: data.length,
    }),
  );
}

/** One text in a dictionary that every row points at: a megabyte that becomes gigabytes. */
function parquetOfOneText(rows: number): Buffer {
  const data = new Array<string>(rows).fill('x'.repeat(MiB));
  return Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: 'text', data, type: 'STRING' }], codec: 'SNAPPY', statistics: false }),
  );
}

/** One text of zeros, compressed to next to nothing. */
function arrowOfZeros(bytes: number): Buffer {
  compressionRegistry.set(CompressionType.ZSTD, { encode: (data) => zstdCompressSync(data) });
  const table = new Table({ text: vectorFromArray(['\0'.repeat(bytes)], new Utf8()) });
  return Buffer.from(tableToIPC(table, 'stream', CompressionType.ZSTD));
}

/** By file name. */
export const DEMO_GIANTS: Readonly<Record<string, () => Piece[]>> = {
  'line.jsonl': () => ['{"text":"', { repeat: 'x', bytes: GiB }, '"}\n{"text":"good"}\n'],
  'document.json': () => ['[', { repeat: '"text", ', bytes: 300 * MiB }, '"end"]'],
  'deep.json': () => [{ repeat: '[', bytes: 200 * MiB }],
  'lists.json': () => ['[', { repeat: '[],', bytes: 150 * MiB }, '[]]'],
  'deep-line.jsonl': () => [{ repeat: '[', bytes: 16 * MiB - 1 }, '\n{"text":"good"}\n'],
  'lists-line.jsonl': () => ['[', { repeat: '[],', bytes: 15 * MiB }, '[]]\n{"text":"good"}\n'],
  'commas.csv': () => [{ repeat: ',', bytes: GiB }],
  'quote.csv': () => ['text\n"', { repeat: 'x\n', bytes: GiB }],
  'commas-row.csv': () => ['text\n', { repeat: ',', bytes: GiB }],
  'cell.csv': () => ['text\n', { repeat: 'x', bytes: GiB }, '\ngood\n'],
  'line.txt': () => [{ repeat: 'x', bytes: GiB }],
  'lines.md': () => [{ repeat: 'line\n', bytes: GiB }],
  'blank.jsonl': () => [{ repeat: ' \n', bytes: GiB }, '{"text":"good"}\n'],
  'zeros.jsonl': () => [{ hole: 4 * GiB }],
  'values.parquet': () => [parquetOfManyValues(1e8)],
  'zeros.zip': () => [zipOf('demos.jsonl', Buffer.alloc(GiB))],
  'zip.jsonl': () => [zipOf('demos.jsonl', Buffer.alloc(GiB))],
  'repeats.parquet': () => [parquetOfRepeats(400 * MiB)],
  'one-text.parquet': () => [parquetOfOneText(10_000)],
  'zeros.arrow': () => [arrowOfZeros(400 * MiB)],
};

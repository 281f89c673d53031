// The largest files, one by one, and some that grow to that when they are decoded: each is decided in time and with bounded
// memory. As a program, `node giants.ts NUMBER PATH` writes one of them.
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionRegistry, CompressionType, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { openModel } from '../../../electron/engine/models/inspect.ts';
import type { OpenTarget } from '../target.ts';
import { encodeStart, encodeValue, keyFields, keyOf, listKey, VALUE, type DraftKey } from './gguf/draft.ts';
import { tryFile } from './try-file.ts';

const MiB = 1 << 20;
const GiB = 1 << 30;

/** A piece, or one that is repeated until so many bytes are filled, or a hole. */
type Piece = Uint8Array | string | { readonly repeat: string; readonly bytes: number } | { readonly hole: number };

/** A key of an empty text or list that announces so many bytes or items. */
const announced = (key: DraftKey, length: number): Buffer =>
  Buffer.concat([Buffer.concat(keyFields(key)).subarray(0, -8), encodeValue(VALUE.u64, length)]);
const list = (name: string, element: number, count: number): Buffer => announced(listKey(name, element, []), count);

function parquet(data: readonly string[], codec: 'GZIP' | 'SNAPPY', encoding?: 'PLAIN'): Uint8Array {
  const columnData = [{ name: 'text', data: [...data], type: 'STRING' as const, ...(encoding && { encoding }) }];
  const compressors = { GZIP: (input: Uint8Array) => gzipSync(input) };
  return new Uint8Array(
    parquetWriteBuffer({ columnData, codec, compressors, statistics: false, rowGroupSize: data.length }),
  );
}

function arrowOfZeros(bytes: number): Uint8Array {
  compressionRegistry.set(CompressionType.ZSTD, { encode: (data) => zstdCompressSync(data) });
  const table = new Table({ text: vectorFromArray(['\0'.repeat(bytes)], new Utf8()) });
  return tableToIPC(table, 'stream', CompressionType.ZSTD);
}

/** By file name. */
const GIANTS: Readonly<Record<string, () => readonly Piece[]>> = {
  'texts.gguf': () => [encodeStart(0, 1), list('tokens', VALUE.text, 2 ** 29), { hole: 4 * GiB }],
  'text.gguf': () => [encodeStart(0, 1), announced(keyOf('text', VALUE.text, ''), GiB), { hole: GiB }],
  'lists.gguf': () => [
    encodeStart(0, 200),
    ...Array.from({ length: 200 }, (_, i): Piece[] => [list(`list${i}`, VALUE.u8, 1 << 24), { hole: 1 << 24 }]).flat(),
  ],
  'broken-end.gguf': () => [
    ...[encodeStart(0, 2), list('tokens', VALUE.text, 1 << 24), { hole: 8 * (1 << 24) }],
    ...keyFields(keyOf('broken', 99, 0)),
  ],
  'line.jsonl': () => ['{"text":"', { repeat: 'x', bytes: GiB }, '"}\n{"text":"good"}\n'],
  'document.json': () => ['[', { repeat: '"text", ', bytes: 300 * MiB }, '"end"]'],
  'deep.json': () => [{ repeat: '[', bytes: 200 * MiB }],
  'lists-line.jsonl': () => ['[', { repeat: '[],', bytes: 15 * MiB }, '[]]\n{"text":"good"}\n'],
  'commas.csv': () => [{ repeat: ',', bytes: GiB }],
  'quote.csv': () => ['text\n"', { repeat: 'x\n', bytes: GiB }],
  'line.txt': () => [{ repeat: 'x', bytes: GiB }],
  'blank.jsonl': () => [{ repeat: ' \n', bytes: GiB }, '{"text":"good"}\n'],
  'zeros.jsonl': () => [{ hole: 4 * GiB }],
  // some kilobytes that become hundreds of megabytes; a megabyte in a dictionary that every row points at; a text of zeros
  'repeats.parquet': () => [
    parquet(
      Array.from({ length: 400 }, (_, i) => 'x'.repeat(MiB) + i),
      'GZIP',
      'PLAIN',
    ),
  ],
  'one-text.parquet': () => [parquet(new Array<string>(10_000).fill('x'.repeat(MiB)), 'SNAPPY')],
  'zeros.arrow': () => [arrowOfZeros(400 * MiB)],
};
const NAMES = Object.keys(GIANTS);
export const COUNT_OF_GIANTS = NAMES.length;

function write(path: string, pieces: readonly Piece[]): void {
  writeFileSync(path, '');
  for (const piece of pieces) {
    if (typeof piece === 'string' || piece instanceof Uint8Array) appendFileSync(path, piece);
    else if ('hole' in piece) truncateSync(path, statSync(path).size + piece.hole);
    else {
      const chunk = piece.repeat.repeat(Math.ceil(MiB / piece.repeat.length));
      for (let left = piece.bytes; left > 0; left -= chunk.length) appendFileSync(path, chunk.slice(0, left));
    }
  }
}

export function openGiants(folder: string): OpenTarget {
  const workers: number[] = [];
  const pathOf = (index: number): string => join(folder, NAMES[index]!);
  const inspect = async (path: string): Promise<string> => {
    using worker = new Backend(
      'off',
      forkingHost((pid) => void workers.push(pid)),
    );
    await openModel(path, worker);
    return 'called a model';
  };
  return {
    pids: () => workers,
    // in a process of its own: what making it takes is not what reading it takes
    prepare: (index) => void execFileSync(process.execPath, [import.meta.filename, String(index), pathOf(index)]),
    tryInput: (_random, index) => {
      const path = pathOf(index);
      const isModel = path.endsWith('.gguf');
      const read = (): Promise<string | null> => (isModel ? inspect(path) : importDemoFile(path).then(() => null));
      return tryFile({ kind: `giants, ${NAMES[index]}`, path, isSound: false, read }).finally(() => rmSync(path));
    },
  };
}

if (import.meta.main) {
  const [, , index, path] = process.argv;
  write(path!, GIANTS[NAMES[Number(index)]!]!());
}

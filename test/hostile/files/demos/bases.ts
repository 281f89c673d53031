// Sound files of every demo format: what the mutations start from.
import { Field, LargeUtf8, List, Struct, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';

export type DemoBase = {
  /** Of the file's name. */
  readonly extension: string;
  readonly bytes: Buffer;
  /** That are read from it as it is; null: it is refused. */
  readonly demos: number | null;
};

const CHAT = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'What is 2 + 2?' },
    { role: 'assistant', content: '4 — vier, 四', tool_calls: [{ name: 'add', arguments: { a: 2, b: 2 } }] },
  ],
  tools: [{ name: 'add', parameters: { type: 'object', properties: { a: { type: 'number' } } } }],
};

const ROWS: readonly Record<string, unknown>[] = [
  CHAT,
  { prompt: 'Say "hi"', response: 'hi\n' },
  { instruction: 'Translate', input: 'Haus', output: 'house' },
  { question: 'Why?', answers: { text: ['Because.', 'So.'] } },
  {
    conversations: [
      { from: 'human', value: 'a' },
      { from: 'gpt', value: 'b' },
    ],
  },
  { text: 'Plain text with \u{1f600} and \u00e9.' },
  { conversations: JSON.stringify(CHAT.messages), tools: JSON.stringify(CHAT.tools) },
];

const lines = (rows: readonly unknown[]): Buffer => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));

const CELLS = [
  ['prompt', 'response', 'messages'],
  ['What is 1+1?', '2', ''],
  ['"A ""quoted"" cell"', '"two\r\nlines"', ''],
  // what spreadsheets would run
  ['=HYPERLINK("http://example.com")', "@SUM(1+1)*cmd|' /C calc'!A0", ''],
  ['', '', `"${JSON.stringify(CHAT.messages).replaceAll('"', '""')}"`],
];
const table = (separator: string): Buffer => Buffer.from(CELLS.map((row) => row.join(separator)).join('\n'));

const TEXTS = Array.from({ length: 12 }, (_, i) => (i === 5 ? null : `text ${i} `.repeat(i + 1)));

function parquet(codec: 'SNAPPY' | 'GZIP'): Buffer {
  const columnData = [
    { name: 'text', data: TEXTS, type: 'STRING' as const },
    { name: 'answers', data: TEXTS.map((text) => (text === null ? null : [text, 'more'])) },
    { name: 'id', data: TEXTS.map((_, i) => BigInt(i)), type: 'INT64' as const },
  ];
  const compressors = { GZIP: (input: Uint8Array) => gzipSync(input) };
  return Buffer.from(parquetWriteBuffer({ columnData, codec, compressors, rowGroupSize: 5 }));
}

function arrow(kind: 'stream' | 'file'): Buffer {
  const message = new Struct([new Field('role', new Utf8()), new Field('content', new Utf8())]);
  const chats = TEXTS.map((_, i) => (i % 2 === 0 ? null : CHAT.messages.slice(0, 2)));
  const table = new Table({
    text: vectorFromArray(TEXTS, new LargeUtf8()),
    source: vectorFromArray(TEXTS.map((_, i) => `source ${i % 3}`)), // a dictionary
    messages: vectorFromArray(chats, new List(new Field('item', message))),
  });
  return Buffer.from(tableToIPC(table, kind));
}

export const TEXT_BASES: readonly DemoBase[] = [
  { extension: 'jsonl', bytes: lines(ROWS), demos: 6 },
  { extension: 'json', bytes: Buffer.from(JSON.stringify(ROWS, null, 1)), demos: 6 },
  { extension: 'json', bytes: Buffer.from(JSON.stringify({ data: ROWS, version: 1 })), demos: 6 },
  { extension: 'csv', bytes: table(','), demos: 4 },
  { extension: 'tsv', bytes: table('\t'), demos: 4 },
  { extension: 'md', bytes: Buffer.from('# Title\n\nSome *text* with `code`.\n'), demos: 1 },
  { extension: 'txt', bytes: Buffer.from('One text.\nOn two lines.\n'), demos: 1 },
];

/** Decoded in a process of their own. */
export const COLUMNAR_BASES: readonly DemoBase[] = [
  { extension: 'parquet', bytes: parquet('SNAPPY'), demos: 11 },
  { extension: 'parquet', bytes: parquet('GZIP'), demos: 11 },
  { extension: 'arrow', bytes: arrow('stream'), demos: 7 },
  { extension: 'arrow', bytes: arrow('file'), demos: 7 },
];

/** Winnow unpacks none: as long as it does not, no bomb goes off. */
export const ARCHIVE_BASE: DemoBase = { extension: 'gz', bytes: gzipSync(lines(ROWS)), demos: null };

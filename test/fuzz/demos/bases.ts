// Sound files of every demo format: what the mutations start from.
import { Field, Int64, LargeUtf8, List, Struct, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';

export type DemoBase = {
  readonly format: 'jsonl' | 'json' | 'csv' | 'parquet' | 'arrow' | 'markdown' | 'text';
  readonly extension: string;
  readonly bytes: Buffer;
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

const CSV = [
  'prompt,response,messages',
  'What is 1+1?,2,',
  '"A ""quoted"" cell","two\r\nlines",',
  '=HYPERLINK("http://example.com"),@SUM(1+1)*cmd|\' /C calc\'!A0,',
  `,,"${JSON.stringify(CHAT.messages).replaceAll('"', '""')}"`,
].join('\n');

const TEXTS = Array.from({ length: 12 }, (_, i) => (i === 5 ? null : `text ${i} `.repeat(i + 1)));

function parquet(codec: 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP'): Buffer {
  return Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'text', data: TEXTS, type: 'STRING' },
        { name: 'answers', data: TEXTS.map((text) => (text === null ? null : [text, 'more'])) },
        { name: 'label', data: TEXTS.map((_, i) => (i % 2 === 0 ? 'even' : 'odd')), type: 'STRING' },
        { name: 'id', data: TEXTS.map((_, i) => BigInt(i)), type: 'INT64' },
      ],
      codec,
      compressors: { GZIP: (input) => gzipSync(input) },
      rowGroupSize: 5,
    }),
  );
}

function arrow(kind: 'stream' | 'file'): Buffer {
  const messages = new List(new Field('item', new Struct([new Field('role', new Utf8()), new Field('content', new Utf8())]))); // prettier-ignore
  const table = new Table({
    text: vectorFromArray(TEXTS, new LargeUtf8()),
    source: vectorFromArray(TEXTS.map((_, i) => `source ${i % 3}`)), // a dictionary
    messages: vectorFromArray(
      TEXTS.map(() => CHAT.messages.slice(0, 2)),
      messages,
    ),
    id: vectorFromArray(
      TEXTS.map((_, i) => BigInt(i)),
      new Int64(),
    ),
  });
  return Buffer.from(tableToIPC(table, kind));
}

const MARKDOWN = '# Title\n\nSome *text* with `code` and\n\n```py\nprint("x")\n```\n';

/** Text formats first: columnar files cost a process each. */
export const TEXT_BASES: readonly DemoBase[] = [
  { format: 'jsonl', extension: 'jsonl', bytes: lines(ROWS) },
  { format: 'json', extension: 'json', bytes: Buffer.from(JSON.stringify(ROWS, null, 1)) },
  { format: 'json', extension: 'json', bytes: Buffer.from(JSON.stringify({ data: ROWS, version: 1 })) },
  { format: 'csv', extension: 'csv', bytes: Buffer.from(CSV) },
  { format: 'csv', extension: 'tsv', bytes: Buffer.from(CSV.replaceAll(',', '\t')) },
  { format: 'markdown', extension: 'md', bytes: Buffer.from(MARKDOWN) },
  { format: 'text', extension: 'txt', bytes: Buffer.from('One text.\nOn two lines.\n') },
];

export const COLUMNAR_BASES: readonly DemoBase[] = [
  { format: 'parquet', extension: 'parquet', bytes: parquet('UNCOMPRESSED') },
  { format: 'parquet', extension: 'parquet', bytes: parquet('SNAPPY') },
  { format: 'parquet', extension: 'parquet', bytes: parquet('GZIP') },
  { format: 'arrow', extension: 'arrow', bytes: arrow('stream') },
  { format: 'arrow', extension: 'arrow', bytes: arrow('file') },
];

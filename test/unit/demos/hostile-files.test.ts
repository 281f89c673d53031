// Files that were made, or damaged, to cost the reader more than they hold. Each of these did before.
import { Field, List, Struct, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { BoundedFile } from '../../../electron/engine/demos/bounded-file.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { MAX_COLUMNS, MAX_QUOTE_CHARS, MAX_ROW_VALUES } from '../../../electron/engine/demos/limits.ts';
import { sizeChars } from '../../../electron/engine/demos/plain.ts';
import { MAX_JSON_DEPTH } from '../../../electron/engine/base/files/json-guard.ts';
import { scratchFiles } from './scratch-files.ts';

const files = scratchFiles();

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

async function rejectedLines(name: string, content: string | Uint8Array): Promise<[number, string][]> {
  const { rejected } = await importDemoFile(files.write(name, content));
  return rejected.map(({ line, reason }) => [line, inEnglish(reason)]);
}

describe('JSON', () => {
  it.each([
    ['tools', { prompt: 'a', response: 'b', tools: nested(20_000) }],
    ['messages', { messages: `[{"role":"user","content":"a","tool_calls":${nested(20_000)}}]` }],
    ['tool calls', { messages: [{ role: 'user', content: 'a', tool_calls: nested(20_000) }] }],
  ])('in a text within a row does not nest deeper than rows may: %s', async (_, row) => {
    expect(await rejectedLines('texts.jsonl', JSON.stringify(row))).toEqual([[1, 'nested deeper than 100 levels']]);
  });

  it('that is nested too deep is not parsed', async () => {
    await expect(importDemoFile(files.write('deep.json', nested(MAX_JSON_DEPTH + 1)))).rejects.toThrow(
      `nested deeper than ${MAX_JSON_DEPTH} levels`,
    );
    const line = `[${' '.repeat(1 << 20)}${nested(MAX_JSON_DEPTH)}]`;
    const rejected = await rejectedLines('deep.jsonl', `{"text":"a"}\n${line}\n{"text":"b"}`);
    expect(rejected).toEqual([[2, `it is nested deeper than ${MAX_JSON_DEPTH} levels`]]);
  });

  it('may have a field that is called length', async () => {
    const { demos } = await importDemoFile(files.write('length.json', '[{"text":"a","tools":{"length":1e9}}]'));
    expect(demos).toHaveLength(1);
  });

  it('of too many values is not parsed', async () => {
    const path = files.write('values.json', `[${'[],'.repeat(6_000_000)}[]]`);
    await expect(importDemoFile(path)).rejects.toThrow('it holds more than 10000000 values');
  });
});

it('a reason does not quote more of a row than can be read', async () => {
  const role = 'r'.repeat(100_000);
  const [[, reason] = [0, '']] = await rejectedLines('role.jsonl', JSON.stringify([{ role, content: 'a' }]));
  expect(reason).toMatch(/^messages, message 1: unknown role "rrrr/);
  expect(reason).toContain(`"${'r'.repeat(MAX_QUOTE_CHARS)}…"`);
});

it('everything in a row counts as read, not its messages alone', () => {
  const calls = [{ name: 'f', arguments: { text: 'x'.repeat(1000) } }];
  expect(
    sizeChars({ messages: [{ role: 'user', content: '', tool_calls: calls }], tools: ['y'.repeat(500)] }),
  ).toBeGreaterThan(1500);
});

describe('a table', () => {
  it('has no more columns than spreadsheets', async () => {
    const names = Array.from({ length: MAX_COLUMNS }, (_, i) => `c${i}`).join(',');
    expect(await rejectedLines('widest.csv', `${names}\n`)).toEqual([[1, 'the file is empty: it holds no rows']]);
    const path = files.write('wide.csv', `${names},text\n`);
    await expect(importDemoFile(path)).rejects.toThrow(`the header has more than ${MAX_COLUMNS} cells`);
  });

  it('is not read to the end of a row that has none', async () => {
    const commas = ','.repeat(1 << 20);
    expect(await rejectedLines('commas.csv', `text\ngood\n${commas}`)).toEqual([
      [3, `the row has more than ${MAX_COLUMNS} cells; nothing from here on was read`],
    ]);
  });
});

it.each(['csv', 'tsv'])('cells of a .%s that a spreadsheet would run are text, to the letter', async (extension) => {
  const cells = ['=1+1', '+1', '-2+3', '@SUM(A1)', "=cmd|' /C calc'!A0", '=HYPERLINK("http://example.com")', '%0A=1'];
  const lines = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`);
  const { demos } = await importDemoFile(files.write(`formulas.${extension}`, ['text', ...lines].join('\n')));
  expect(demos.map(({ content }) => content)).toEqual(cells.map((text) => ({ kind: 'text', text })));
});

describe('blank lines', () => {
  it('cost nothing each, however many there are', async () => {
    const concat = vi.spyOn(Buffer, 'concat');
    const path = files.write('blank.jsonl', `{"text":"a"}\n${'\n \t\r\n'.repeat(200_000)}{"text":"b"}`);
    const { demos } = await importDemoFile(path);
    expect(demos.map(({ line }) => line)).toEqual([1, 400_002]);
    expect(concat.mock.calls.length).toBeLessThan(100);
    concat.mockRestore();
  });
});

it('326 bytes of Parquet that ask for all memory end their reader at most', async () => {
  // one page that counts 10^8 values in one run, and decoders make a list of them; whatever thread asks for it ends its process
  const path = fileURLToPath(new URL('many-values.parquet', import.meta.url));
  await expect(importDemoFile(path)).rejects.toThrow(
    expect.objectContaining({
      code: 'DEMO_FORMAT',
      message: expect.stringContaining('cannot be decoded') as string,
    }) as Error,
  );
});

it('Parquet of some kilobytes whose rows share a megabyte is read as far as demos go', async () => {
  const data = new Array<string>(600).fill('x'.repeat(1 << 20));
  const columnData = [{ name: 'text', data, type: 'STRING' as const }];
  const bomb = new Uint8Array(parquetWriteBuffer({ columnData, codec: 'SNAPPY', statistics: false }));
  expect(bomb.byteLength).toBeLessThan(100_000);
  const { demos, rejected } = await importDemoFile(files.write('one-text.parquet', bomb));
  expect(demos).toHaveLength(1);
  expect(rejected).toMatchObject([{ line: 513, reason: { code: 'tooManyChars' } }]);
});

it('a row group of Parquet that becomes too large is not decoded', async () => {
  const data = Array.from({ length: 260 }, () => 'x'.repeat(1 << 20));
  const columnData = [{ name: 'text', data, type: 'STRING' as const, encoding: 'PLAIN' as const }];
  const bomb = new Uint8Array(parquetWriteBuffer({ columnData, codec: 'SNAPPY', statistics: false }));
  await expect(importDemoFile(files.write('row-group.parquet', bomb))).rejects.toThrow(
    'a row group holds more than 268.4 MB',
  );
});

describe('Arrow', () => {
  const messages = new List(new Field('item', new Struct([new Field('content', new Utf8())])));
  const stream = Buffer.from(
    tableToIPC(new Table({ messages: vectorFromArray([[{ content: 'a' }], [{ content: 'b' }]], messages) }), 'stream'),
  );

  it('that sends its reader back is given up', async () => {
    const backwards = Buffer.from(stream);
    // the second message: 4 bytes of continuation, then the length of its head
    backwards.writeInt32LE(-16, 8 + stream.readInt32LE(4) + 4);
    await expect(importDemoFile(files.write('back.arrow', backwards))).rejects.toThrow(
      expect.objectContaining({ code: 'DEMO_FORMAT' }) as Error,
    );
  });

  it('with a list that claims more than a row may hold loses that row', async () => {
    const offsets = Buffer.from(Int32Array.of(0, 1, 2).buffer);
    const claiming = Buffer.from(stream);
    claiming.writeInt32LE(1 << 30, stream.indexOf(offsets) + 4);
    expect(await rejectedLines('list.arrow', claiming)).toContainEqual([
      1,
      `more than ${MAX_ROW_VALUES} values in one row`,
    ]);
  });
});

it('a decoder may read a file twice, and not in circles', async () => {
  const text = 'x'.repeat(100_000);
  const file = await open(files.write('bounded.bin', text));
  try {
    let pieces = 0;
    const bounded = await BoundedFile.of(file, () => (pieces += 1));
    for (let i = 0; i < 2; i++) expect(Buffer.from(await bounded.slice(0)).toString()).toBe(text);
    expect(Buffer.from(await bounded.slice(99_990, 200_000)).toString()).toBe('x'.repeat(10));
    await expect(bounded.slice(0)).rejects.toThrow('overlap, or follow each other in a circle');
    expect(pieces).toBe(3);
  } finally {
    await file.close();
  }
});

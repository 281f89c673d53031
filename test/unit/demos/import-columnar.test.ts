import { readFileSync } from 'node:fs';
import {
  Field,
  Int64,
  LargeUtf8,
  List,
  Struct,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { scratchFiles } from './scratch-files.ts';

const files = scratchFiles();
const texts = Array.from({ length: 25 }, (_, i) => `text ${i} `.repeat(i + 1));

const messageType = new List(
  new Field('item', new Struct([new Field('role', new Utf8()), new Field('content', new Utf8())])),
);
const conversation = [
  { role: 'user', content: 'p' },
  { role: 'assistant', content: 'r' },
];

function arrowTexts(): Table {
  return new Table({
    text: vectorFromArray(texts, new Utf8()),
    id: vectorFromArray(
      texts.map((_, i) => BigInt(i)),
      new Int64(),
    ),
  });
}

function parquetTexts(): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'text', data: texts, type: 'STRING' },
        { name: 'id', data: texts.map((_, i) => BigInt(i)), type: 'INT64' },
      ],
      rowGroupSize: 10,
    }),
  );
}

async function linesAndTexts(path: string) {
  const { demos } = await importDemoFile(path);
  return demos.map(({ line, content }) => [line, content.kind === 'text' ? content.text : content.messages]);
}

describe('Arrow', () => {
  it.each(['stream', 'file'] as const)('reads the IPC %s format', async (kind) => {
    const path = files.write(`${kind}.arrow`, tableToIPC(arrowTexts(), kind));
    expect((await importDemoFile(path)).format).toBe('arrow');
    expect(await linesAndTexts(path)).toEqual(texts.map((text, i) => [i + 1, text]));
  });

  it('reads lists of structs, large strings and dictionaries', async () => {
    const chats = new Table({
      messages: vectorFromArray([conversation], messageType),
      n: vectorFromArray([7n], new Int64()),
    });
    expect(await linesAndTexts(files.write('chats.arrow', tableToIPC(chats, 'stream')))).toEqual([[1, conversation]]);
    const large = new Table({ text: vectorFromArray(['a', null, 'c'], new LargeUtf8()) });
    expect(await linesAndTexts(files.write('large.arrow', tableToIPC(large, 'stream')))).toEqual([
      [1, 'a'],
      [3, 'c'],
    ]);
    const dictionary = tableFromArrays({ prompt: ['p', 'q'], response: ['r', 'r'] });
    expect(await linesAndTexts(files.write('dict.arrow', tableToIPC(dictionary, 'file')))).toHaveLength(2);
  });

  it('numbers rows across record batches', async () => {
    const two = new Table([...arrowTexts().slice(0, 2).batches, ...arrowTexts().slice(3, 5).batches]);
    const path = files.write('two.arrow', tableToIPC(two, 'stream'));
    expect(await linesAndTexts(path)).toEqual([texts[0], texts[1], texts[3], texts[4]].map((text, i) => [i + 1, text]));
  });
});

describe('Parquet', () => {
  it('reads every row group', async () => {
    const path = files.write('texts.parquet', parquetTexts());
    expect((await importDemoFile(path)).format).toBe('parquet');
    expect(await linesAndTexts(path)).toEqual(texts.map((text, i) => [i + 1, text]));
  });

  it('reads lists of structs', async () => {
    const bytes = parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'id', type: 'INT64', repetition_type: 'OPTIONAL' },
        { name: 'messages', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
        { name: 'role', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'content', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      ],
      columnData: [
        { name: 'id', data: [7n] },
        { name: 'messages', data: [conversation] },
      ],
    });
    expect(await linesAndTexts(files.write('chats.parquet', new Uint8Array(bytes)))).toEqual([[1, conversation]]);
  });

  it('names all columns where none is known, and goes by content, not by name', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'label', data: ['a', 'b'], type: 'STRING' },
        { name: 'score', data: [1, 2], type: 'INT32' },
      ],
    });
    const report = await importDemoFile(files.write('labels.txt', new Uint8Array(bytes)));
    expect(report).toMatchObject({ format: 'parquet', demos: [] });
    expect(report.rejected.map(({ line }) => line)).toEqual([1, 2]);
    expect(report.rejected.map(({ reason }) => inEnglish(reason))[0]).toContain('found label, score');
  });
});

describe('corrupt columnar files', () => {
  it.each([
    ['text.parquet', 'plain text', 'not a Parquet file'],
    ['text.arrow', 'plain text', 'not an Arrow file'],
    ['magic.parquet', 'PAR1PAR1', 'Parquet data cannot be decoded'],
    ['magic.arrow', 'ARROW1', 'Arrow'],
  ])('refuses %s', async (name, content, message) => {
    await expect(importDemoFile(files.write(name, content))).rejects.toThrow(
      expect.objectContaining({ code: 'DEMO_FORMAT', message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it.each([
    ['cut.parquet', parquetTexts()],
    ['cut-stream.arrow', tableToIPC(arrowTexts(), 'stream')],
    ['cut-file.arrow', tableToIPC(arrowTexts(), 'file')],
  ])('refuses %s, cut anywhere', async (name, bytes) => {
    for (const share of [0.1, 0.3, 0.6, 0.9]) {
      const path = files.write(name, bytes.slice(0, Math.floor(bytes.length * share)));
      await expect(importDemoFile(path)).rejects.toThrow(
        expect.objectContaining({ code: 'DEMO_FORMAT', message: expect.stringContaining(path) as string }) as Error,
      );
    }
  });

  it('gives rows or a DEMO_FORMAT error for flipped bytes, whatever they are', async () => {
    // Bytes of the data, not of the headers: wrong lengths there can take the decoder half a minute of memory hunger.
    const path = files.write('texts.parquet', parquetTexts());
    const whole = readFileSync(path);
    for (const position of [8, 20, 40, 60, 80, 100]) {
      const bytes = Buffer.from(whole);
      bytes[position] = (bytes[position] ?? 0) ^ 0xff;
      const outcome = await importDemoFile(files.write('flipped.parquet', bytes)).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ name: WinnowError.name, code: 'DEMO_FORMAT' });
      else expect(outcome).toHaveProperty('format', 'parquet');
    }
  });
});

it("takes the model's own answers from Arrow files as the paper has them", async () => {
  const solutions = new List(new Field('item', new Struct([new Field('solution', new Utf8())])));
  const table = new Table({
    input: vectorFromArray(['p'], new Utf8()),
    output: vectorFromArray(['gold'], new Utf8()),
    prediction: vectorFromArray([[{ solution: 'own' }]], solutions),
  });
  const { demos } = await importDemoFile(files.write('paper.arrow', tableToIPC(table, 'stream')));
  expect(demos.map(({ content }) => content)).toEqual([
    {
      kind: 'chat',
      messages: [
        { role: 'user', content: 'p' },
        { role: 'assistant', content: 'own' },
      ],
    },
  ]);
});

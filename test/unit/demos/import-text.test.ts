import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DemoRejection } from '../../../electron/contract/demo.ts';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { MAX_DEMO_BYTES, MAX_INLINE_JSON_BYTES } from '../../../electron/engine/demos/limits.ts';
import { asOrdinaryUser } from '../ordinary-user.ts';
import { scratchFiles } from './scratch-files.ts';

const files = scratchFiles();

const inWords = (rejected: readonly DemoRejection[]) =>
  rejected.map(({ line, reason }) => ({ line, reason: inEnglish(reason) }));

async function importing(name: string, content: string | Uint8Array) {
  const report = await importDemoFile(files.write(name, content));
  return {
    format: report.format,
    demos: report.demos.map(({ line, content: demo }) => [
      line,
      demo.kind === 'text' ? demo.text : demo.messages.length,
    ]),
    rejected: inWords(report.rejected),
    duplicates: report.duplicates,
  };
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error;

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

describe('JSONL', () => {
  it('keeps the good lines and reports the bad ones by number', async () => {
    const lines = [
      '{"text":"a","source":"s"}',
      '',
      '{"text":',
      '"bare"',
      '{"prompt":"p","response":"r"}\r',
      '{"text":" "}',
    ];
    const report = await importing('mixed.jsonl', lines.join('\n'));
    expect(report).toMatchObject({
      format: 'jsonl',
      demos: [
        [1, 'a'],
        [4, 'bare'],
        [5, 2],
      ],
    });
    expect(report.rejected.map(({ line }) => line)).toEqual([3, 6]);
    expect(report.rejected[0]?.reason).toMatch(/^not valid JSON: /);
  });

  it('rejects only the line that is not UTF-8, and strips a byte order mark', async () => {
    const content = bytes([0xef, 0xbb, 0xbf], '{"text":"é"}\n{"text":"', [0xc3, 0x28], '"}\n{"text":"c"}');
    expect(await importing('utf8.jsonl', content)).toMatchObject({
      demos: [
        [1, 'é'],
        [3, 'c'],
      ],
      rejected: [{ line: 2, reason: 'not valid UTF-8' }],
    });
  });

  it('rejects a line over the limit, and reads on after it', async () => {
    const long = `{"text":"${'x'.repeat(MAX_DEMO_BYTES)}"}`;
    expect(await importing('long.jsonl', `${long}\n{"text":"b"}\n`)).toMatchObject({
      demos: [[2, 'b']],
      rejected: [{ line: 1, reason: 'the line is longer than 16.8 MB' }],
    });
  });

  it('keeps the first of equal demos and lists the lines of the others', async () => {
    const lines = ['{"text":"a","id":1}', '{"text":"b"}', '{"id":2,"text":"a"}', '"a"'];
    expect(await importing('twice.jsonl', lines.join('\n'))).toMatchObject({
      demos: [
        [1, 'a'],
        [2, 'b'],
      ],
      duplicates: [3, 4],
      rejected: [],
    });
  });

  it('survives nesting as deep as a line allows', async () => {
    const deep = `{"text":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const report = await importing('deep.jsonl', `${deep}\n{"text":"b"}`);
    expect(report.demos).toEqual([[2, 'b']]);
    expect(report.rejected[0]?.reason).toContain('nested deeper');
  });

  it('reads a file that holds one JSON list after all', async () => {
    expect(await importing('list.jsonl', '[{"text":"a"},{"text":"b"}]')).toMatchObject({
      format: 'json',
      demos: [
        [1, 'a'],
        [2, 'b'],
      ],
    });
  });
});

describe('JSON', () => {
  it.each([
    ['a list of rows', [{ text: 'a' }, 'b']],
    ['an object with rows', { version: 1, tags: ['x'], data: [{ text: 'a' }, 'b'] }],
    ['an object with one list of objects', { dump: [{ text: 'a' }, { text: 'b' }] }],
  ])('reads %s', async (_what, document) => {
    expect(await importing('rows.json', JSON.stringify(document, null, 2))).toMatchObject({
      format: 'json',
      demos: [
        [1, 'a'],
        [2, 'b'],
      ],
    });
  });

  it.each([
    ['named rows', { content: 'about', data: [{ text: 'a' }, { text: 'b' }] }, ['a', 'b']],
    ['the only list', { text: 'about', dump: [{ text: 'a' }] }, ['a']],
    ['no mere texts beside a demo', { text: 'about', rows: ['a'] }, ['about']],
  ])('takes the rows of a document that may be a demo: %s', async (_what, document, texts) => {
    const { demos } = await importing('both.json', JSON.stringify(document));
    expect(demos).toEqual(texts.map((text, i) => [i + 1, text]));
  });

  it('takes a document for one demo whose list holds none', async () => {
    const document = { text: 'a', data: [1, 2], tags: [{ id: 3 }] };
    expect((await importing('tagged.json', JSON.stringify(document))).demos).toEqual([[1, 'a']]);
  });

  it('reads one object, and a bare list of messages as one conversation', async () => {
    const messages = [
      { role: 'user', content: 'p' },
      { role: 'assistant', content: 'r' },
    ];
    expect((await importing('one.json', JSON.stringify({ messages }))).demos).toEqual([[1, 2]]);
    expect((await importing('chat.json', JSON.stringify(messages, null, 1))).demos).toEqual([[1, 2]]);
  });

  it('reads a large document in a thread, with the same outcome and the same errors', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) =>
      i === 7 ? { id: i } : { prompt: `p${i}`, response: 'r'.repeat(500) },
    );
    const document = JSON.stringify({ version: 1, data: rows });
    expect(document.length).toBeGreaterThan(MAX_INLINE_JSON_BYTES);
    const report = await importing('large.json', document);
    expect(report.demos).toHaveLength(2999);
    expect(report.demos[2998]).toEqual([3000, 2]);
    expect(report.rejected).toMatchObject([{ line: 8 }]);
    await expect(importing('large-cut.json', document.slice(0, -5))).rejects.toThrow(
      refusal('DEMO_FORMAT', 'not valid JSON'),
    );
  });

  it('reads lines under the name .json, and JSON under an unknown name', async () => {
    expect(await importing('lines.json', '{"text":"a"}\n{"text":"b"}\n')).toMatchObject({ format: 'jsonl' });
    expect(await importing('dump.dat', '\n[\n {"text":"a"}\n]')).toMatchObject({ format: 'json', demos: [[1, 'a']] });
    expect(await importing('dump2', '{"text":"a"}\n{"text":"b"}')).toMatchObject({ format: 'jsonl' });
  });

  it('names what is wrong with a document that cannot be parsed', async () => {
    const path = files.write('cut.json', '[{"text":"a"},\n{"te');
    await expect(importDemoFile(path)).rejects.toThrow(refusal('DEMO_FORMAT', 'cut.json: not valid JSON'));
  });
});

describe('CSV and TSV', () => {
  it('reads a header row, quotes and line breaks in cells, by the line on which a row starts', async () => {
    const rows = ['prompt,response', 'p1,"r ""1"""', '', '"p', '2",r2', 'p3', 'p4,r4'];
    const expected = {
      format: 'csv',
      demos: [
        [2, 2],
        [4, 2],
        [7, 2],
      ],
      rejected: [{ line: 6, reason: '1 cells, but the header has 2' }],
    };
    expect(await importing('rows.csv', rows.join('\n'))).toMatchObject(expected);
    expect(await importing('crlf.csv', rows.join('\r\n'))).toMatchObject(expected);
  });

  it('keeps cells as they are', async () => {
    const report = await importing('cells.csv', '\ufefftext,id\r\n" é\r\n""x"" ",1\r\n');
    expect(report.demos).toEqual([[2, ' é\r\n"x" ']]);
  });

  it('reads tabs, and semicolons where the header has them', async () => {
    expect((await importing('t.tsv', 'question\tanswer\nq, a\ta')).demos).toEqual([[2, 2]]);
    expect((await importing('s.csv', 'question;answer\nq, a;a')).demos).toEqual([[2, 2]]);
  });

  it('rejects only the row that is not UTF-8', async () => {
    expect(await importing('bad.csv', bytes('text\na\n', [0xff], '\nc\n'))).toMatchObject({
      demos: [
        [2, 'a'],
        [4, 'c'],
      ],
      rejected: [{ line: 3, reason: 'not valid UTF-8' }],
    });
  });

  it('keeps the rows before a quote that is never closed', async () => {
    const report = await importing('open.csv', 'text\na\n"b\nc\nd\n');
    expect(report.demos).toEqual([[2, 'a']]);
    expect(report.rejected).toEqual([
      { line: 3, reason: 'a quoted cell is never closed; nothing from here on was read' },
    ]);
  });

  it('stops at a row over the limit with the rows before it', async () => {
    const report = await importing('long.csv', `text\na\n"${'x'.repeat(MAX_DEMO_BYTES + 1000)}"\nc\n`);
    expect(report.demos).toEqual([[2, 'a']]);
    expect(report.rejected).toMatchObject([
      { line: 3, reason: expect.stringContaining('longer than 16.8 MB') as string },
    ]);
  });
});

describe('Markdown and text', () => {
  it.each([
    ['notes.md', 'markdown'],
    ['NOTES.TXT', 'text'],
    ['script.py', 'text'],
  ])('takes %s whole, to the byte', async (name, format) => {
    const text = '# Title\r\n\r\n  é {"a": 1}\n\n';
    expect(await importing(name, `\ufeff${text}`)).toEqual({
      format,
      demos: [[1, text]],
      rejected: [],
      duplicates: [],
    });
  });

  it('rejects a document that is not UTF-8, blank, or over the limit', async () => {
    expect((await importing('latin.txt', bytes('caf', [0xe9]))).rejected).toEqual([
      { line: 1, reason: 'not valid UTF-8' },
    ]);
    expect((await importing('blank.txt', ' \n\n')).rejected).toEqual([{ line: 1, reason: 'the text is empty' }]);
    expect((await importing('huge.txt', 'x'.repeat(MAX_DEMO_BYTES + 1))).rejected).toEqual([
      { line: 1, reason: 'the document is longer than 16.8 MB' },
    ]);
  });
});

describe('any file', () => {
  it.each(['a.jsonl', 'a.json', 'a.csv', 'a.parquet', 'a.arrow', 'a.md', 'a.txt', 'a'])(
    'reports %s as empty',
    async (name) => {
      expect(await importing(name, '')).toMatchObject({
        demos: [],
        rejected: [{ line: 1, reason: 'the file is empty: it holds no rows' }],
      });
    },
  );

  it.each([
    ['header.csv', 'text,id\n'],
    ['none.json', '[]'],
    ['blank.jsonl', '\n \r\n\n'],
  ])('reports %s as without rows', async (name, content) => {
    expect((await importing(name, content)).rejected).toEqual([
      { line: 1, reason: 'the file is empty: it holds no rows' },
    ]);
  });

  it.each(['nul.jsonl', 'nul.csv', 'nul.txt', 'nul.json', 'nul.bin'])('refuses binary data in %s', async (name) => {
    const path = files.write(name, '{"text":"a"}\n{"text":"b\u0000"}\n');
    await expect(importDemoFile(path)).rejects.toThrow(refusal('DEMO_FORMAT', 'binary data'));
    await expect(importDemoFile(path)).rejects.toThrow(refusal('DEMO_FORMAT', 'Supported: JSONL, JSON, CSV'));
  });

  it('says so when a text is UTF-16', async () => {
    const path = files.write('wide.txt', Buffer.from('\ufeffabc', 'utf16le'));
    await expect(importDemoFile(path)).rejects.toThrow(refusal('DEMO_FORMAT', 'UTF-16'));
  });

  it('tells a missing file from one that cannot be read', async () => {
    await expect(importDemoFile(join(files.folder, 'no.jsonl'))).rejects.toThrow(refusal('FILE_NOT_FOUND', 'no.jsonl'));
    await expect(importDemoFile(files.folder)).rejects.toThrow(refusal('FILE_UNREADABLE', 'is a folder'));
    await expect(importDemoFile('/dev/null')).rejects.toThrow(refusal('FILE_UNREADABLE', 'not a regular file'));
  });

  it.skipIf(process.platform === 'win32')('reports a file without read permission', async () => {
    const path = files.write('secret.txt', 'x');
    chmodSync(files.folder, 0o755);
    chmodSync(path, 0);
    await expect(asOrdinaryUser(() => importDemoFile(path))).rejects.toThrow(refusal('FILE_UNREADABLE', 'secret.txt'));
  });
});

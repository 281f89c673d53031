import { expect, test } from 'vitest';
import { toDocuments } from '../../../electron/engine/base/content/documents.ts';
import { holdsRows, readDocuments } from '../../../electron/engine/measure/evaluation/read-documents.ts';
import { domainOfFiles } from '../../../electron/engine/measure/evaluation/other-texts.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { scratchFiles } from '../demos/scratch-files.ts';
import { temporaryHome } from '../store/support.ts';

const files = scratchFiles();
const lines = (...rows: unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

test('a single text is taken as it is, but for its last line break', async () => {
  const { text, warnings } = await readDocuments([files.write('one.txt', '# One\n\ntext\n\n')]);
  expect(text).toEqual({ name: 'one.txt', text: '# One\n\ntext\n' });
  expect(warnings).toEqual([]);
  expect(toDocuments(text)).toEqual([{ id: 'one.txt', content: { kind: 'text', text: '# One\n\ntext\n' } }]);
});

test('several files and rows are documents, each once; what is left out is told', async () => {
  const rows = files.write(
    'rows.jsonl',
    `${lines({ text: 'two' }, { prompt: 'p', response: 'r' }, { text: 'two' })}\nno json`,
  );
  const { text, warnings } = await readDocuments([
    files.write('one.md', 'one\n'),
    rows,
    files.write('table.csv', 'text\ntwo\nthree\n'),
  ]);
  expect(text.name).toBe('one.md and 2 more');
  expect(
    toDocuments(text).map(({ id, content }) => [id, content.kind === 'text' ? content.text : content.messages.length]),
  ).toEqual([
    ['one.md', 'one'],
    ['rows.jsonl:1', 'two'],
    ['rows.jsonl:2', 2],
    ['table.csv:3', 'three'],
  ]);
  expect(warnings.join('\n')).toMatch(/line 4 was left out.*\n.*1 demos occur twice/);
});

test('a demo file by itself gives its rows too', async () => {
  const { text } = await readDocuments([files.write('chats.jsonl', lines({ prompt: 'p', response: 'r' }))]);
  expect(text).toMatchObject({ name: 'chats.jsonl', text: [{ id: 'chats.jsonl:1', content: { kind: 'chat' } }] });
  await expect(readDocuments([files.write('empty.jsonl', '')])).rejects.toMatchObject({ code: 'DEMOS_EMPTY' });
  await expect(readDocuments([files.write('blank.txt', ' \n')])).rejects.toMatchObject({ code: 'TEXT_TOO_SHORT' });
});

test('what holds rows is told by the extension; other files are texts', () => {
  expect(['a.jsonl', 'a.JSON', 'a.csv', 'a.parquet', 'a.arrow'].map(holdsRows)).toEqual(Array(5).fill(true));
  expect(['a.txt', 'a.md', 'a', 'a.py', 'jsonl'].map(holdsRows)).toEqual(Array(5).fill(false));
});

test('files are of a domain where every one of them is named like it', () => {
  const store = openStore(temporaryHome());
  ensureDomain(store, 'python');
  expect(domainOfFiles(store, ['a/python.txt', 'b/python.jsonl'])).toBe('python');
  expect(domainOfFiles(store, ['python.txt', 'math.txt'])).toBeNull();
  expect(domainOfFiles(store, ['math.txt'])).toBeNull();
  store.close();
});

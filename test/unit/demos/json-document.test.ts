// A document that may be a demo, and holds rows that may be some.
import { expect, test } from 'vitest';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { MAX_INLINE_JSON_BYTES } from '../../../electron/engine/demos/limits.ts';
import { scratchFiles } from './scratch-files.ts';

const files = scratchFiles();
const ROWS = [{ note: 'no demo' }, { text: 'first row' }, { text: 'second row' }];

test.each([
  ['in the engine', ''],
  ['in a process of its own', 'x'.repeat(MAX_INLINE_JSON_BYTES)],
])('its rows are the demos, if one of them is: %s', async (_, padding) => {
  const path = files.write('both.json', JSON.stringify({ content: 'about the rows', data: ROWS, padding }));
  const { demos, rejected } = await importDemoFile(path);
  expect(demos.map(({ line, content }) => [line, content])).toEqual([
    [2, { kind: 'text', text: 'first row' }],
    [3, { kind: 'text', text: 'second row' }],
  ]);
  expect(rejected.map(({ line }) => line)).toEqual([1]);
});

test('a document that is only one of them stays what it is', async () => {
  const rows = files.write('rows.json', JSON.stringify({ version: 1, data: ROWS }));
  const demo = files.write('demo.json', JSON.stringify({ text: 'a demo', data: [1, 2] }));
  expect((await importDemoFile(rows)).demos).toHaveLength(2);
  expect((await importDemoFile(demo)).demos).toHaveLength(1);
});

// A document that may be a demo, and holds rows that may be some: told, with how both begin, and read as somebody says.
import { expect, test } from 'vitest';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { examineDemoFile } from '../../../electron/engine/demos/examine.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { MAX_INLINE_JSON_BYTES } from '../../../electron/engine/demos/limits.ts';
import { scratchFiles } from './scratch-files.ts';

const files = scratchFiles();
const ROWS = [{ note: 'no demo' }, { text: 'first row' }, { text: 'second row' }];

test.each([
  ['in the engine', ''],
  ['in a process of its own', 'x'.repeat(MAX_INLINE_JSON_BYTES)],
])('is asked about, and read as it is said: %s', async (_, padding) => {
  const path = files.write('both.json', JSON.stringify({ content: 'about the rows', data: ROWS, padding }));
  expect(await examineDemoFile(path, forkWorker)).toEqual({
    columns: [],
    document: {
      fields: ['content'],
      list: 'data',
      rows: 3,
      openings: { demo: 'about the rows', rows: 'first row' },
    },
  });
  await expect(importDemoFile(path)).rejects.toThrow('it is not clear what its demos are');
  const rows = await importDemoFile(path, forkWorker, { document: 'rows' });
  expect(rows.demos.map(({ line, content }) => [line, content])).toEqual([
    [2, { kind: 'text', text: 'first row' }],
    [3, { kind: 'text', text: 'second row' }],
  ]);
  expect(rows.rejected.map(({ line }) => line)).toEqual([1]);
  const { demos } = await importDemoFile(path, forkWorker, { document: 'demo' });
  expect(demos.map(({ content }) => content)).toEqual([{ kind: 'text', text: 'about the rows' }]);
});

test('a clear document stays what it is, whatever is said of it', async () => {
  const rows = files.write('rows.json', JSON.stringify({ version: 1, data: ROWS }));
  const demo = files.write('demo.json', JSON.stringify({ text: 'a demo', data: [1, 2] }));
  for (const document of ['demo', 'rows'] as const) {
    expect((await importDemoFile(rows, forkWorker, { document })).demos).toHaveLength(2);
    expect((await importDemoFile(demo, forkWorker, { document })).demos).toHaveLength(1);
  }
  expect((await examineDemoFile(rows, forkWorker)).document).toBeNull();
});

// The examples that the window shows are what it says they are: they are read as any file of demos.
import { expect, test } from 'vitest';
import { LANGUAGES } from '../../../electron/contract/text/languages.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { demoExamples } from '../../../renderer/files/demo-examples.ts';
import { scratchFiles } from '../demos/scratch-files.ts';

const files = scratchFiles();

test.each(Object.values(LANGUAGES))('each is read as it stands, in $name', async ({ name, read }) => {
  const { request, reply, letter } = (await read()).texts.demos.examples;
  const imported = await Promise.all(
    demoExamples({ request, reply, letter }).map(async ({ id, fileName, content }) => {
      const { demos, rejected } = await importDemoFile(files.write(`${name}-${fileName}`, content));
      expect(rejected).toEqual([]);
      return [id, demos.map((demo) => demo.content)];
    }),
  );
  const messages = [
    { role: 'user', content: request },
    { role: 'assistant', content: reply },
  ];
  expect(imported).toEqual([
    ['chat', [expect.objectContaining({ kind: 'chat', messages })]],
    ['answered', [expect.objectContaining({ kind: 'chat', messages })]],
    ['text', [{ kind: 'text', text: letter }]],
  ]);
});

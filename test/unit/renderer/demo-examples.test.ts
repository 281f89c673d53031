// The examples that the window shows are what it says they are: they are read as any file of demos.
import { expect, test } from 'vitest';
import { LANGUAGES } from '../../../electron/contract/text/languages.ts';
import { voiceIn } from '../../../electron/contract/text/words.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { demoExamples } from '../../../renderer/files/demo-examples.ts';
import { scratchFiles } from '../demos/scratch-files.ts';

const files = scratchFiles();

test.each(Object.keys(LANGUAGES))('each is read as it stands, in %s', async (language) => {
  const { say } = await voiceIn(language);
  const read = await Promise.all(
    demoExamples(say).map(async ({ id, fileName, content }) => {
      const { demos, rejected } = await importDemoFile(files.write(`${language}-${fileName}`, content));
      expect(rejected).toEqual([]);
      return [id, demos.map((demo) => demo.content)];
    }),
  );
  const messages = [
    { role: 'user', content: say('demos.examples.request') },
    { role: 'assistant', content: say('demos.examples.reply') },
  ];
  expect(read).toEqual([
    ['chat', [expect.objectContaining({ kind: 'chat', messages })]],
    ['answered', [expect.objectContaining({ kind: 'chat', messages })]],
    ['text', [{ kind: 'text', text: say('demos.examples.letter') }]],
  ]);
});

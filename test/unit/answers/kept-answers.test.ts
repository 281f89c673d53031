import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DemoContent } from '../../../electron/contract/demo.ts';
import { KeptAnswers } from '../../../electron/engine/measure/answers/run-respond.ts';
import { scratchFiles } from '../demos/scratch-files.ts';
import { failure } from '../selection/matrices.ts';

const { folder: dir } = scratchFiles();
const answered = (answer: string): DemoContent => ({
  kind: 'chat',
  messages: [
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: answer },
  ],
});

test('a second attempt finds the answers of the first, also after a kill in the middle of a line', async () => {
  const path = join(dir, 'answers.jsonl');
  const first = await KeptAnswers.open(path);
  expect(first.size).toBe(0);
  first.add(3, answered('Because.'));
  first.add(0, { kind: 'text', text: 'Why?\nBecause.' });
  writeFileSync(path, readFileSync(path, 'utf8') + '{"index":1,"content":{"kind":"te');

  const second = await KeptAnswers.open(path);
  expect([second.size, second.get(3), second.get(1)]).toEqual([2, answered('Because.'), undefined]);
  second.add(1, answered('So.'));
  const third = await KeptAnswers.open(path);
  expect([0, 1, 3].map((index) => third.get(index))).toEqual([
    { kind: 'text', text: 'Why?\nBecause.' },
    answered('So.'),
    answered('Because.'),
  ]);
});

test('a place that takes no file is named', async () => {
  const missing = KeptAnswers.open(join(dir, 'no', 'answers.jsonl'));
  await expect(missing).rejects.toThrow(failure('TARGET_UNWRITABLE', 'its folder does not exist'));
});

import { existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DemoContent } from '../../../electron/contract/demo.ts';
import { KeptAnswers } from '../../../electron/engine/measure/answers/kept-answers.ts';
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
  const path = join(dir, 'answers.part');
  const first = await KeptAnswers.open(path, 'request');
  expect(first.size).toBe(0);
  first.add(3, answered('Because.'));
  first.add(0, { kind: 'text', text: 'Why?\nBecause.' });
  writeFileSync(path, readFileSync(path, 'utf8') + '{"index":1,"content":{"kind":"te');

  const second = await KeptAnswers.open(path, 'request');
  expect([second.size, second.get(3), second.get(1)]).toEqual([2, answered('Because.'), undefined]);
  second.add(1, answered('So.'));
  const third = await KeptAnswers.open(path, 'request');
  expect([0, 1, 3].map((index) => third.get(index))).toEqual([
    { kind: 'text', text: 'Why?\nBecause.' },
    answered('So.'),
    answered('Because.'),
  ]);
  await third.remove();
  expect(existsSync(path)).toBe(false);
});

test('answers to another request are not resumed', async () => {
  const path = join(dir, 'other.part');
  (await KeptAnswers.open(path, 'temperature 0')).add(0, answered('No.'));
  expect((await KeptAnswers.open(path, 'temperature 1')).size).toBe(0);
  expect((await KeptAnswers.open(path, 'temperature 0')).size).toBe(0);
});

test('a place that takes no file is named', async () => {
  const missing = KeptAnswers.open(join(dir, 'no', 'folder.part'), 'request');
  await expect(missing).rejects.toThrow(failure('TARGET_UNWRITABLE', 'its folder does not exist'));
});

test('what somebody else keeps under that name is left as it is: a text, a link, what is too large', async () => {
  const diary = join(dir, 'diary.part');
  writeFileSync(diary, 'My diary.\n');
  const link = join(dir, 'link.part');
  symlinkSync(diary, link);
  const large = join(dir, 'large.part');
  writeFileSync(large, '{"answersFor":"request"}\n');
  truncateSync(large, 600 * 2 ** 20);
  for (const path of [diary, link, large])
    await expect(KeptAnswers.open(path, 'request')).rejects.toThrow(failure('TARGET_EXISTS', path));
  expect(readFileSync(diary, 'utf8')).toBe('My diary.\n');
});

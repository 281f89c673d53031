// Which words of an answer are not another's.
import { expect, test } from 'vitest';
import { wordDifferences } from '../../../renderer/measures/word-differences.ts';

const marked = (text: string, other: string): string =>
  wordDifferences(text, other)
    .map((run) => (run.differs ? `[${run.text}]` : run.text))
    .join('');

test.each([
  ['3 * 4 = 12.', '3 * 4 = 12.', '3 * 4 = 12.'],
  ['3 * 4 = 13.', '3 * 4 = 12.', '3 * 4 = [13].'],
  ['one two three', 'one three', 'one [two ]three'],
  ['one three', 'one two three', 'one three'],
  ['', 'one', ''],
  ['one', '', '[one]'],
  ['答えは 12 です', '答えは 13 です', '答えは [12] です'],
])('%j against %j', (text, other, expected) => {
  expect(marked(text, other)).toBe(expected);
});

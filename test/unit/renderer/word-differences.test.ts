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

test('texts of many thousands of words are told apart at once', () => {
  const long = (word: string): string => `same ${Array.from({ length: 6000 }, (_, i) => word + i).join(' ')} end`;
  const startedAt = performance.now();
  expect(wordDifferences(long('a'), long('b')).map(({ differs }) => differs)).toEqual([false, true, false]);
  expect(wordDifferences(long('a'), long('a'))).toEqual([{ text: long('a'), differs: false }]);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

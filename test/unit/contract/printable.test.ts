import { expect, test } from 'vitest';
import { printableName, printableText } from '../../../electron/contract/printable.ts';
import { inEnglish, msg } from '../../../electron/contract/sentences.ts';

/** Each does something to whoever prints it, or begins a line of its own. */
const ORDERS: Readonly<Record<string, string>> = {
  'an escape sequence': '\u001b[2J',
  'an escape of one byte': '\u009b8m',
  'a bell': '\u0007',
  'an override of the direction': '\u202e',
  'an isolate of the direction': '\u2067',
  'an Arabic letter mark': '\u061c',
  'a separator of lines': '\u2028',
  'a separator of paragraphs': '\u2029',
  'half a character': '\ud800',
};

test.each(Object.entries(ORDERS))('%s is replaced, in names and in texts', (_, order) => {
  expect(printableName(`a${order}b`)).toMatch(/^a\ufffd(\[2J|8m)?b$/);
  expect(printableText(`a${order}b`)).toMatch(/^a\ufffd(\[2J|8m)?b$/);
});

test('line ends and tabs stay in texts alone', () => {
  const text = 'one\ttwo\r\nthree\n';
  expect(printableText(text)).toBe(text);
  expect(printableName(text)).not.toMatch(/\s/);
});

test('the names that people give stay as they are', () => {
  const names = ['日本語モデル – é', '👩‍💻.gguf', 'שלום.jsonl', 'مرحبا', 'a b', 'ไทย'];
  expect(names.map(printableName)).toEqual(names);
});

test('no name in a sentence begins a line of its own; what others wrote keeps its lines', () => {
  const name = 'a.json\nerror: disk on fire';
  expect(inEnglish(msg('fileGone', { path: name }))).toBe(
    'There is no file a.json\ufffderror: disk on fire. Check the path.',
  );
  expect(inEnglish(msg('readFailed', { path: 'a', reason: 'one\ntwo\u202e' }))).toBe('Cannot read a: one\ntwo\ufffd.');
});

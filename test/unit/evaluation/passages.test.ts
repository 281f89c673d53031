import { expect, test } from 'vitest';
import { findPassages, PASSAGE_CHARS, type Passage } from '../../../electron/engine/evaluation/passages.ts';

const word = (i: number): string => ((i * 2_654_435_761) % 4_294_967_296).toString(36);
const prose = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => word(from + i)).join(' ');
const passage = (of: string, ...parts: string[]): Passage<string> => ({ of, longest: parts[0] ?? '', parts });
/** What is found, in order. */
const finder =
  (...passages: Passage<string>[]) =>
  (text: string): string =>
    [...findPassages(passages)(text)].join();

test('finds a passage wherever it stands, and no other', () => {
  const [one, two] = [prose(0, 30), prose(1000, 30)];
  const find = finder(passage('one', one), passage('two', two));
  expect(find(one)).toBe('one');
  expect(find(`${prose(5000, 400)}\n${two}`)).toBe('two');
  expect(find(`${two} ${prose(5000, 40)}`)).toBe('two');
  expect(find(`${two} ${one} ${two}`)).toBe('two,one');
  expect(find(`${prose(5000, 400)} ${one.slice(0, -1)}`)).toBe('');
  expect(find(`${prose(5000, 400)} ${one.slice(1)}`)).toBe('');
});

test('takes texts of exactly the shortest length, and shorter ones', () => {
  const shortest = 'ab'.repeat(PASSAGE_CHARS / 2);
  const find = finder(passage('shortest', shortest));
  expect(find(shortest)).toBe('shortest');
  expect(find(`x${shortest}y`)).toBe('shortest');
  expect(find(shortest.slice(1))).toBe('');
  expect(find('')).toBe('');
  expect(finder()(shortest)).toBe('');
});

test('wants all parts, in any place', () => {
  const answer = prose(0, 30);
  const find = finder(passage('chat', answer, 'What is it?'));
  expect(find(`What is it? It is this: ${answer}`)).toBe('chat');
  expect(find(`${answer}\nWhat is it?`)).toBe('chat');
  expect(find(answer)).toBe('');
});

test('looks at all passages that begin alike', () => {
  const start = prose(0, 30);
  const find = finder(passage('long', `${start} and more`), passage('other', `${start} or less`));
  expect(find(`before ${start} or less`)).toBe('other');
});

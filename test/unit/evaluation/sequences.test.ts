import { expect, test } from 'vitest';
import { chunkSequences, documentSequences } from '../../../electron/engine/measure/evaluation/sequences.ts';

/** Each token is its place. */
const tokensOf = (length: number, start = 0) => Int32Array.from({ length }, (_, place) => start + place);
const scoredIn = ({ tokens, scored }: { readonly tokens: Int32Array; readonly scored: Uint8Array }) =>
  [...tokens].filter((_, i) => scored[i] === 1);
const document = (length: number, start: number) => ({ tokens: tokensOf(length, start), answers: null });
const chat = (answers: readonly number[], start: number) => ({
  tokens: tokensOf(answers.length, start),
  answers: Uint8Array.from(answers),
});

test('one text: the second half of each chunk counts, but for its first token', () => {
  const read = chunkSequences(tokensOf(30), { ctx: 8, chunks: undefined });
  expect([...read.tokens]).toEqual([...tokensOf(24)]);
  expect([...read.ends]).toEqual([8, 16, 24]);
  expect(scoredIn(read)).toEqual([5, 6, 7, 13, 14, 15, 21, 22, 23]);
  expect(read.grouping).toEqual({ unit: 'chunk', unitOf: Uint32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2) });
  expect(read.chunks).toBe(3);
  expect(chunkSequences(tokensOf(30), { ctx: 8, chunks: 2 }).chunks).toBe(2);
});

test.each([64, 65, 100])('halves of %i tokens: no token is in both, and each chunk is in one', (length) => {
  const half = (one: 'search' | 'confirm') => [
    ...chunkSequences(tokensOf(length), { ctx: 8, chunks: undefined }, one).tokens,
  ];
  const [search, confirm] = [half('search'), half('confirm')];
  expect(search.filter((token) => confirm.includes(token))).toEqual([]);
  expect([...search, ...confirm].sort((a, b) => a - b)).toEqual([...tokensOf(length - (length % 8))]);
  expect(Math.abs(search.length - confirm.length)).toBeLessThanOrEqual(8);
});

test('chats: each from its start, on its answers alone', () => {
  const read = documentSequences([chat([0, 0, 1, 1, 0], 0), chat([0, 0, 0, 0, 0, 0, 1], 5)], {
    ctx: 4,
    chunks: undefined,
  });
  expect([...read.ends]).toEqual([5, 12]);
  expect(scoredIn(read)).toEqual([2, 3, 11]);
  expect(read.grouping).toEqual({ unit: 'document', unitOf: Uint32Array.of(0, 0, 1) });
  expect(read.chunks).toBe(3);
});

test('texts among them: all but the first token, and of what is longer than a chunk the second halves behind it', () => {
  const read = documentSequences([document(3, 0), document(15, 3), chat([0, 1], 18), document(1, 20)], {
    ctx: 8,
    chunks: undefined,
  });
  // the second text is 3 to 17: its second piece begins at 11, and 16 and 17 are behind the middle
  expect(scoredIn(read)).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10, 16, 17, 19]);
  expect([...read.ends]).toEqual([3, 11, 18, 20]);
  expect([...read.grouping.unitOf]).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
});

test('a piece whose half is not reached is not read', () => {
  const read = documentSequences([document(12, 0)], { ctx: 8, chunks: undefined });
  expect([...read.ends]).toEqual([8]);
  expect(read.grouping.unit).toBe('chunk');
});

test('within a limit, chunks of every document are read, in whatever order they come', () => {
  const documents = [document(96, 0), document(12, 96), document(64, 108)];
  const readIn = (order: readonly number[], chunks: number) => {
    const read = documentSequences(
      order.map((place) => documents[place]!),
      { ctx: 8, chunks },
    );
    return { read, tokens: [...read.tokens].sort((a, b) => a - b) };
  };
  const firstOfEach = [...tokensOf(8), ...tokensOf(8, 96), ...tokensOf(8, 108)];
  expect(readIn([0, 1, 2], 3)).toMatchObject({ tokens: firstOfEach, read: { chunks: 3 } });
  for (const chunks of [1, 2, 3, 4, 5, 9, 100]) {
    const { read, tokens } = readIn([0, 1, 2], chunks);
    expect(read.chunks).toBe(Math.min(chunks, 12 + 1 + 8));
    expect(tokens).toHaveLength(8 * read.chunks);
    expect(readIn([2, 0, 1], chunks).tokens).toEqual(tokens);
  }
});

test('chats within a limit are read whole, and no further one begins behind it', () => {
  const chats = [6, 6, 6].map((length, i) => chat(new Array<number>(length).fill(1), 6 * i));
  const read = documentSequences(chats, { ctx: 8, chunks: 1 });
  expect([...read.ends]).toEqual([6, 12]);
  expect(read.chunks).toBe(1);
});

test('of one document its sequences are the units', () => {
  const read = documentSequences([document(20, 0), document(1, 20)], { ctx: 8, chunks: undefined });
  expect(read.grouping).toEqual({ unit: 'chunk', unitOf: Uint32Array.from([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]) });
});

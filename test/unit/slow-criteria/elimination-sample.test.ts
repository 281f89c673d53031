import { expect, test } from 'vitest';
import { TOKEN_CLASSES } from '../../../electron/contract/token-classes.ts';
import { eliminationSample } from '../../../electron/engine/measure/slow-criteria/eliminate-experts.ts';

type Scoring = Parameters<typeof eliminationSample>[0];

/** Demos whose tokens are numbered, with an answer in their second half. */
function scoring(lengths: readonly number[], nExpert: number, alone = false): Scoring {
  const tokenized = lengths.map((length, demo) => ({
    hash: `${demo}`,
    tokens: Int32Array.from({ length }, (_, place) => demo * 100_000 + place),
    classes: Uint8Array.from({ length }, (_, place) =>
      TOKEN_CLASSES.indexOf(place === 0 ? 'first' : place < length / 2 ? 'prompt' : 'answer'),
    ),
  }));
  return { tokenized, info: { nExpert }, plan: { alone } } as unknown as Scoring;
}

/** What the sample's numbers stand for. */
function sampled(found: ReturnType<typeof eliminationSample>): number[] {
  const all = found!.sequences.flatMap((sequence) => [...sequence]);
  return [...found!.sample].map((place) => all[place]!);
}

test('short demos pass whole, and all of their tokens but the first count', () => {
  const found = eliminationSample(scoring([4, 3], 32), 'all');
  expect(found!.sequences.map((sequence) => [...sequence])).toEqual([
    [0, 1, 2, 3],
    [100_000, 100_001, 100_002],
  ]);
  expect(sampled(found)).toEqual([1, 2, 3, 100_001, 100_002]);
});

test('only tokens of the choice count', () => {
  expect(sampled(eliminationSample(scoring([6, 4], 32), 'answers'))).toEqual([3, 4, 5, 100_002, 100_003]);
  expect(eliminationSample(scoring([1], 32), 'answers')).toBeNull();
});

test('long demos give a window each, with its first token and its answer, and tokens are spread evenly', () => {
  const found = eliminationSample(scoring(Array(20).fill(2000), 32), 'all')!;
  const lengths = found.sequences.map(({ length }) => length);
  expect(new Set(lengths)).toEqual(new Set([Math.floor(16_384 / 20)]));
  expect(found.sequences.map(([first]) => first! % 100_000)).toEqual(Array(20).fill(0));
  expect(found.sample.length).toBe(1024);
  const ofEach = Map.groupBy(sampled(found), (token) => Math.floor(token / 100_000));
  for (const tokens of ofEach.values()) expect(Math.abs(tokens.length - 1024 / 20)).toBeLessThan(2);
  expect(ofEach.size).toBe(20);
});

test('the products of many experts stay within their memory', () => {
  const many = eliminationSample(scoring([3000], 512), 'all')!;
  expect(many.sample.length).toBe(256);
});

test('a model that takes demos by themselves gets some of one length', () => {
  const { sequences } = eliminationSample(scoring([10, 50, 60, 70, 80], 32, true), 'all')!;
  expect(sequences.map(({ length }) => length)).toEqual([50, 50, 50, 50]);
});

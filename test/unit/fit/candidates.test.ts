// Which files a budget leaves to compare.
import { expect, test } from 'vitest';
import {
  candidatesFor,
  nameOf,
  type CandidateOptions,
  type FileKind,
} from '../../../electron/engine/measure/fit/candidates.ts';

/** Bytes of an expert by type; a file has 100 beside its experts, and takes 10 more in memory. */
const BYTES = { Q8_0: 80, Q4_K_M: 45, Q3_K_M: 34, Q2_K: 26 } as const;
type Type = keyof typeof BYTES;
const COUNTS = [2, 3, 4, 5, 6, 7, 8];

function sizes() {
  const asked: string[] = [];
  const sizeOf = ({ keep, type }: Pick<FileKind<Type>, 'keep' | 'type'>) => {
    asked.push(`${keep} ${type}`);
    const bytes = 100 + keep * (type === null ? 160 : BYTES[type]);
    return Promise.resolve({ bytes, memoryBytes: bytes + 10 });
  };
  return { asked, sizeOf };
}

type Options = CandidateOptions<Type>;

/** A model of one family, in which fewer bytes lose more, and nothing is left out. */
const PLAINLY = {
  mixes: [],
  familyOf: () => 'one',
  lossOf: ({ keep, type }) => 1 / (keep * (type === null ? 160 : BYTES[type])),
  mostLoss: Infinity,
} satisfies Partial<Options>;

async function found(budgetBytes: number, more: Partial<Options> = {}): Promise<string[]> {
  const types = [null, 'Q8_0', 'Q4_K_M', 'Q3_K_M', 'Q2_K'] as const;
  const { sizeOf } = sizes();
  const candidates = await candidatesFor<Type>({
    budgetBytes,
    types,
    counts: COUNTS,
    sizeOf,
    ...PLAINLY,
    ...more,
  });
  for (const { memoryBytes } of candidates) expect(memoryBytes).toBeLessThanOrEqual(budgetBytes);
  return candidates.map(({ keep, type, mix, after }) => `${keep} ${type}${mix === null ? '' : ' mix'} ${after}`);
}

test('the largest whole files first, then fewer experts with more bits, each with as many as fit', async () => {
  // 8 Q4_K_M take 470, one more byte than there is: 8 Q3_K_M fit, 7 Q4_K_M (425), 4 Q8_0 (430), 2 as they are (430)
  expect(await found(469)).toEqual(['8 Q3_K_M null', '8 Q2_K null', '7 Q4_K_M null', '4 Q8_0 2', '2 null 3']);
  expect(await found(470)).toEqual(['8 Q4_K_M null', '8 Q3_K_M null', '4 Q8_0 null', '2 null 2']);
});

test('where no whole file fits, the way begins with the smallest type', async () => {
  expect(await found(250)).toEqual(['5 Q2_K null', '4 Q3_K_M 0', '3 Q4_K_M 1']);
});

test('what does not fit with the fewest experts is left out, in the end everything', async () => {
  expect(await found(162)).toEqual(['2 Q2_K null']);
  expect(await found(161)).toEqual([]);
});

test('where the model fits as it is, there is nothing to compare', async () => {
  expect(await found(100 + 8 * 160 + 10)).toEqual(['8 null null']);
});

test('few sizes are asked for, however many counts there are', async () => {
  const { asked, sizeOf } = sizes();
  const counts = Array.from({ length: 255 }, (_, i) => i + 2);
  await candidatesFor<Type>({ budgetBytes: 5000, types: ['Q8_0'], counts, sizeOf, ...PLAINLY });
  expect(asked.length).toBeLessThanOrEqual(4);
});

const MIX = { gateUp: 'iq2_s', down: 'iq4_nl' } as const;
const mixed = {
  keep: 5,
  type: 'Q2_K',
  mix: MIX,
  width: null,
  bytes: 200,
  memoryBytes: 210,
} as const;

test('mixes come first, and no other file depends on them', async () => {
  expect(await found(250, { mixes: [mixed] })).toEqual([
    ...['5 Q2_K mix null', '5 Q2_K null', '4 Q3_K_M 1', '3 Q4_K_M 2'],
  ]);
});

test('a family of types has its own way: another one is not left out by it', async () => {
  const familyOf = (type: Type | null): string => (type === 'Q3_K_M' ? 'another' : 'one');
  expect(await found(250, { familyOf })).toEqual(['5 Q2_K null', '4 Q3_K_M null', '3 Q4_K_M 0']);
});

test('files with all experts are taken by what they are expected to lose, and what loses too much is left out', async () => {
  const losses = { Q8_0: 1, Q4_K_M: 9, Q3_K_M: 8, Q2_K: 7 };
  const lossOf: Options['lossOf'] = ({ keep, type }) => (type === null ? 0 : losses[type]) + (8 - keep);
  expect(await found(470, { lossOf, mostLoss: 8 })).toEqual([
    '8 Q2_K null',
    '8 Q3_K_M null',
    '4 Q8_0 null',
    '2 null 2',
  ]);
  expect(await found(470, { lossOf, mostLoss: 5.5 })).toEqual(['4 Q8_0 null']);
});

test('a file is called by all that it is made of', () => {
  expect(nameOf(mixed)).toBe('5-Q2_K-iq2_s-iq4_nl-none-none-none-none');
  expect(nameOf({ ...mixed, mix: null })).toBe('5-Q2_K');
  expect(nameOf({ keep: 8, type: null, mix: null, width: null })).toBe('8-source');
  expect(nameOf({ ...mixed, width: 0.75 })).toBe('5-at-0.75-Q2_K-iq2_s-iq4_nl-none-none-none-none');
});

import { expect, test } from 'vitest';
import {
  firstParams,
  isQuantised,
  offeredActive,
  triedTypes,
  withActive,
  withType,
  type Beginning,
} from '../../../renderer/screens/choose/best-file/search.ts';

const beginning: Beginning = {
  runId: 3,
  draft: {
    criterion: 'reap',
    grouping: 'balanced',
    keep: { kind: 'count', count: 16 },
    tokens: 'answers',
    superExperts: 'pin',
  },
  found: null,
  roomBytes: 12_345_678_901.6,
  ctx: 8192,
};
const found = {
  result: { budgetBytes: 5e9, ctx: 1024 },
  requantise: true,
  answers: 32,
} as unknown as Beginning['found'];

test('a search begins with the size that was typed, else the last one, else what is free', () => {
  expect(firstParams(beginning)).toEqual({
    ...{
      runId: 3,
      criterion: 'reap',
      tokens: 'answers',
      superExperts: 'pin',
      grouping: 'balanced',
      budgetBytes: 12_345_678_901,
      ctx: 8192,
    },
    ...{ types: null, activeExperts: null, requantise: false, answers: null, timeLimitSeconds: null },
  });
  expect(firstParams({ ...beginning, found })).toMatchObject({
    budgetBytes: 5e9,
    ctx: 1024,
    requantise: true,
    answers: 32,
  });
  const keep = { kind: 'fit', bytes: 7e9 + 0.5, ctx: 512 } as const;
  const typed = { ...beginning, draft: { ...beginning.draft, keep } };
  expect(firstParams({ ...typed, found })).toMatchObject({ budgetBytes: 7e9, ctx: 512 });
  expect(firstParams({ ...beginning, roomBytes: null }).budgetBytes).toBeGreaterThan(0);
});

test('types are those with fewer bits than the model’s own, less those that were taken out', () => {
  const all = triedTypes({ types: null }, 'Q4_K_M');
  expect(all).toEqual(['IQ4_XS', 'Q3_K_M', 'IQ3_XXS', 'Q2_K', 'IQ2_XS']);
  const fewer = withType(all, 'Q3_K_M', 'Q4_K_M');
  expect(fewer).toEqual(['IQ4_XS', 'IQ3_XXS', 'Q2_K', 'IQ2_XS']);
  expect(withType(fewer ?? [], 'Q3_K_M', 'Q4_K_M')).toBeNull();
  // one stays
  expect(withType(['Q2_K'], 'Q2_K', 'Q4_K_M')).toEqual(['Q2_K']);
});

test('weights of an unknown type may be quantised', () => {
  expect(['F16', 'BF16', 'Q8_0', 'unknown'].map(isQuantised)).toEqual([false, false, true, true]);
});

test('fewer active experts are tried where they are asked for, the model’s own alone is the usual', () => {
  expect(offeredActive(8)).toEqual([8, 6, 4]);
  expect(offeredActive(2)).toEqual([2, 1]);
  const more = withActive({ activeExperts: null }, 4, 8);
  expect(more).toEqual([8, 4]);
  expect(withActive({ activeExperts: more }, 4, 8)).toBeNull();
  const fewer = withActive({ activeExperts: more }, 8, 8);
  expect(fewer).toEqual([4]);
  // one stays
  expect(withActive({ activeExperts: fewer }, 4, 8)).toEqual([4]);
  expect(withActive({ activeExperts: null }, 8, 8)).toBeNull();
});

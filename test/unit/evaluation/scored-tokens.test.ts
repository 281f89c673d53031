import { expect, test } from 'vitest';
import { scoredTokens } from '../../../electron/engine/measure/evaluation/scored-tokens.ts';

// chunks of 8 tokens: those at 5, 6, 7, then 13, 14, 15, then 21, 22, 23 have values; each value is its token's place
const PLACES = [5, 6, 7, 13, 14, 15, 21, 22, 23];
const values = {
  nll: Float32Array.from(PLACES),
  kl: Float32Array.from(PLACES, (x) => x / 2),
  sameTop: Uint8Array.from(PLACES, (x) => x % 2),
};
const cut = (ends: readonly number[] | null) => scoredTokens(values, { ctx: 8, nScoredPerChunk: 3, ends });

test('one document: every value counts, chunks are the units', () => {
  const { nll, kl, sameTop, grouping } = cut(null);
  expect([...nll]).toEqual(PLACES);
  expect(kl).toBe(values.kl);
  expect(sameTop).toBe(values.sameTop);
  expect(grouping).toEqual({ unit: 'chunk', unitOf: Uint32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2) });
});

test('several: each token goes to its document, without the first of each', () => {
  // documents of the tokens 0–5, 6–13, 14–20 and 21–23
  const { nll, kl, sameTop, grouping } = cut([6, 14, 21, 24]);
  expect([...nll]).toEqual([5, 7, 13, 15, 22, 23]);
  expect([...(kl ?? [])]).toEqual([2.5, 3.5, 6.5, 7.5, 11, 11.5]);
  expect([...(sameTop ?? [])]).toEqual([1, 1, 1, 1, 0, 1]);
  expect(grouping).toEqual({ unit: 'document', unitOf: Uint32Array.of(0, 1, 1, 2, 3, 3) });
});

test('documents without values, empty ones too, are no units', () => {
  // 0–0, 1–2, none, 3–13, none, 14–29
  const { nll, grouping } = cut([1, 3, 3, 14, 14, 30]);
  expect([...nll]).toEqual([5, 6, 7, 13, 15, 21, 22, 23]);
  expect(grouping).toEqual({ unit: 'document', unitOf: Uint32Array.of(0, 0, 0, 0, 1, 1, 1, 1) });
});

test('where one document has all values, chunks are the units again', () => {
  const { nll, grouping } = cut([2, 30]);
  expect([...nll]).toEqual(PLACES);
  expect(grouping).toEqual({ unit: 'chunk', unitOf: Uint32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2) });
});

test('without a reference there is nothing to compare', () => {
  const alone = scoredTokens({ ...values, kl: null, sameTop: null }, { ctx: 8, nScoredPerChunk: 3, ends: [14, 24] });
  expect(alone).toMatchObject({ kl: null, sameTop: null });
});

// What is said of a file that is planned in another type.
import { expect, test } from 'vitest';
import type { Export } from '../../../electron/contract/api/exports.ts';
import { msg } from '../../../electron/contract/sentences.ts';
import type { Verdict } from '../../../electron/contract/verdict.ts';
import { getPlan } from '../../../renderer/state/plans.ts';
import { sameFile, unwritten } from '../../../renderer/verdict/planned-verdict.ts';

const usual = getPlan({}, 1).options;
const quantised = { ...usual, quantise: { type: 'Q4_K_M', rules: {}, allowRequantize: true } } as const;
const side = {
  ratio: { value: 1.1, low: 1, high: 1.2 },
  tokens: 9,
  grade: 'amber',
  parts: [],
} as unknown as Verdict['inside'];
const ofChoice: Verdict = {
  bytes: { full: 25e6, pruned: 19.6e6, predicted: true },
  domains: ['math'],
  inside: side,
  outside: side,
  unknown: null,
  answers: null,
  grade: 'amber',
};

test('its size is the plan’s, and what was measured of the choice as it is says nothing of it', () => {
  expect(unwritten(ofChoice, { plan: { fullBytes: 25e6, prunedBytes: 7.5e6 }, options: quantised })).toEqual({
    bytes: { full: 25e6, pruned: 7.5e6, predicted: true },
    type: 'Q4_K_M',
    domains: ['math'],
    inside: null,
    outside: null,
    unknown: null,
    answers: null,
    grade: null,
  });
});

test('where a file was written like that, its figures are the planned one’s', () => {
  const file = {
    state: 'done',
    modelId: 'aaaaaaaaaaaaaaaa',
    selectionHash: 'b',
    selectionId: 5,
    quantType: 'Q4_K_M',
    repair: null,
  } as unknown as Export;
  const selection = { id: 5, hash: 'a' };
  expect(sameFile(file, selection, quantised)).toBe(true);
  expect(sameFile({ ...file, quantType: 'Q8_0' }, selection, quantised)).toBe(false);
  expect(sameFile({ ...file, modelId: null }, selection, quantised)).toBe(false);
  expect(sameFile(file, { id: 6, hash: 'c' }, quantised)).toBe(false);
  const repaired = { ...quantised, repair: { demos: null, limit: 48 } };
  expect(sameFile(file, selection, repaired)).toBe(false);
  const tried = { ...file, repair: { facts: null, leftOut: msg('repairNotBetter') } };
  expect(sameFile(tried, selection, repaired)).toBe(true);
  expect(sameFile(tried, selection, quantised)).toBe(false);
  const ruled = { ...quantised, quantise: { ...quantised.quantise, rules: { output: 'q8_0' as const } } };
  expect(sameFile(file, selection, ruled)).toBe(false);
});

import { expect, test } from 'vitest';
import {
  fileNameFor,
  firstParams,
  isQuantised,
  triedTypes,
  withType,
  type Beginning,
} from '../../../renderer/screens/new/search.ts';
import { sizeTextAbove, sizeTextBelow } from '../../../electron/contract/size-text.ts';
import { memoryOfText, numberWithoutUnit } from '../../../renderer/memory/memory-text.ts';

const beginning: Beginning = {
  modelId: '0123456789abcdef',
  domainId: 3,
  fileType: 'BF16',
  last: null,
  budgetBytes: 12_000_000_000,
  ctx: 8192,
};

test('a search begins with what is filled in, or as the last one of this work was asked', () => {
  expect(firstParams(beginning)).toEqual({
    kind: 'domain',
    modelId: '0123456789abcdef',
    domainId: 3,
    criterion: null,
    grouping: null,
    superExperts: 'pin',
    budgetBytes: 12_000_000_000,
    ctx: 8192,
    types: null,
    requantise: false,
    timeLimitSeconds: null,
    target: null,
  });
  const found = { requantise: false } as unknown as NonNullable<Beginning['last']>['found'];
  const last = { budgetBytes: 5e9, ctx: 1024, found };
  expect(firstParams({ ...beginning, last })).toMatchObject({ budgetBytes: 5e9, ctx: 1024, requantise: false });
});

test('what is quantised may be quantised again, unless that was refused: it is measured', () => {
  const quantised = { ...beginning, fileType: 'Q8_0' };
  expect(firstParams(quantised).requantise).toBe(true);
  const found = { requantise: false, answers: null } as unknown as NonNullable<Beginning['last']>['found'];
  expect(firstParams({ ...quantised, last: { budgetBytes: 5e9, ctx: 1024, found } }).requantise).toBe(false);
});

test.each([
  ['10 MB', 10_000_000],
  ['10MB', 10_000_000],
  ['12 GB', 12_000_000_000],
  ['12g', 12_000_000_000],
  ['12gi', 12 * 2 ** 30],
  ['12 GiB', 12 * 2 ** 30],
  ['1,5 GB', 1_500_000_000],
  ['１０ ＭＢ', 10_000_000],
])('a memory of "%s" is %i bytes', (text, bytes) => {
  expect(memoryOfText(text)).toBe(bytes);
});

test.each(['', ' ', 'GB', '12 apples', '-3 GB', '0', '0 GB', '1e9'])('"%s" is no memory', (text) => {
  expect(memoryOfText(text)).toBeNull();
});

test.each([
  ['10', '10'],
  ['0,5', '0.5'],
  ['１２', '12'],
  ['10 MB', null],
  ['much', null],
])('%o without a unit: %o', (text, number) => {
  expect(numberWithoutUnit(text)).toBe(number);
  if (number !== null) expect(memoryOfText(text)).toBeNull();
});

test.each([
  [19_876_543_210, '19.8 GB'],
  [999_999, '999.9 kB'],
  [12_000_000, '12 MB'],
])('%i bytes are filled in as "%s", which is never more', (bytes, text) => {
  expect(sizeTextBelow(bytes)).toBe(text);
  expect(memoryOfText(text)).toBeLessThanOrEqual(bytes);
});

test.each([
  [14_210_000, '14.3 MB'],
  [14_300_000, '14.3 MB'],
  [999_999, '1000 kB'],
])('%i bytes are needed: "%s", which is never less', (bytes, text) => {
  expect(sizeTextAbove(bytes)).toBe(text);
  expect(memoryOfText(text)).toBeGreaterThanOrEqual(bytes);
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

test('a file is named by its model without the type, and its work: its size comes with it', () => {
  expect(fileNameFor('Qwen3-30B-A3B-Q8_0', 'Q8_0', 'law')).toBe('Qwen3-30B-A3B-law.gguf');
  expect(fileNameFor('Qwen3-30B-A3B', 'BF16', 'law')).toBe('Qwen3-30B-A3B-law.gguf');
});

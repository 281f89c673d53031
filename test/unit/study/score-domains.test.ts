import { expect, test } from 'vitest';
import { mergesExperts, observingOf } from '../../../electron/engine/measure/study/score-domains.ts';

const TEXT = { name: 'held out', file: 'text.txt' };

test('experts that would be merged are observed only where the merged files are measured', () => {
  const merged = { criteria: ['easy-ep' as const], merged: true };
  expect(observingOf({ ...merged, texts: [TEXT] })?.wanted.logits).toBe(true);
  expect(mergesExperts({ merged: true, texts: [] })).toBe(false);
  expect(observingOf({ ...merged, texts: [] })).toBeNull();
});

test('experts that stand in for each other are observed without texts', () => {
  expect(observingOf({ criteria: ['easy-ep'], groups: true, texts: [] })?.wanted.logits).toBe(true);
});

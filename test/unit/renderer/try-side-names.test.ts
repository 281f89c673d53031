// What the sides of Try are called where their answers are compared.
import { expect, test } from 'vitest';
import { sideNames } from '../../../renderer/screens/try/side-names.ts';

const FILES = [
  { modelId: 'pruned', keep: 16, nExpert: 32 },
  { modelId: 'other pruned', keep: 8, nExpert: 32 },
  { modelId: 'whole', keep: 32, nExpert: 32 },
];
const side = (modelId: string, selectionId: number | null = null): { modelId: string; selectionId: number | null } => ({
  modelId,
  selectionId,
});

test.each([
  [side('full'), side('pruned'), 'full', 'pruned'],
  [side('pruned'), side('full'), 'pruned', 'full'],
  [side('full'), side('whole'), 'full', 'file'],
  [side('full'), side('full', 3), 'full', 'preview'],
  [side('pruned'), side('other pruned'), 'left', 'right'],
  [side('full'), side('unknown'), 'left', 'right'],
])('%j and %j: %s, %s', (left, right, leftName, rightName) => {
  expect(sideNames({ left, right }, 'full', FILES)).toEqual({ left: leftName, right: rightName });
});

test('one side alone has its place', () => {
  expect(sideNames({ left: side('full') }, 'full', FILES)).toEqual({ left: 'left', right: 'right' });
});

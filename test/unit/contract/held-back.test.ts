import { expect, test } from 'vitest';
import { heldBack, usuallyHeldBack } from '../../../electron/contract/held-back.ts';

test.each([
  [40, 0, 0],
  [40, 0.1, 4],
  [45, 0.1, 4],
  [3, 0.5, 1],
  [1, 0.9, 0],
  [0, 0.5, 0],
])('of %i demos a share of %d is %i', (demos, share, held) => {
  expect(heldBack(demos, share)).toBe(held);
});

test('a tenth of large sets is usual, and nothing of those that need every demo', () => {
  expect([1, 39, 40, 100].map(usuallyHeldBack)).toEqual([0, 0, 4, 10]);
});

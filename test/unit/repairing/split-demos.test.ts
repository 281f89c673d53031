import { expect, test } from 'vitest';
import { FEWEST_DEMOS, splitDemos } from '../../../electron/engine/write/repairing/split-demos.ts';

test.each([12, 13, 25, 40, 200])('%i demos: each has one part', (demos) => {
  const { fitted, aside, judging } = splitDemos(demos, 'law');
  expect([...fitted, ...aside, ...judging].sort((a, b) => a - b)).toEqual(Array.from({ length: demos }, (_, i) => i));
  expect(aside).toHaveLength(4);
  expect(judging).toHaveLength(Math.max(4, Math.floor(demos / 4)));
  expect(splitDemos(demos, 'law')).toEqual({ fitted, aside, judging });
});

test('fewer are refused with both numbers', () => {
  expect(() => splitDemos(FEWEST_DEMOS - 1, 'law')).toThrow(/at least 12 demos.*"law" has 11/);
});

import { expect, test } from 'vitest';
import { FEWEST_DEMOS, splitDemos } from '../../../electron/engine/write/repairing/repair-demos.ts';

const apart = (demos: number): number[] => Array.from({ length: demos }, (_, place) => place);

test.each([12, 13, 25, 40, 200])('%i demos: each has one part', (demos) => {
  const { fitted, judging } = splitDemos(apart(demos), 'law');
  expect([...fitted, ...judging].sort((a, b) => a - b)).toEqual(apart(demos));
  expect(judging).toHaveLength(Math.max(4, Math.floor(demos / 4)));
  expect(splitDemos(apart(demos), 'law')).toEqual({ fitted, judging });
});

test.each([3, 10])(
  'demos of which each has %i copies: none judges what a copy of it was fitted to, nor do two copies judge',
  (copies) => {
    const groups = Array.from({ length: 16 * copies }, (_, place) => place % 16);
    const { fitted, judging } = splitDemos(groups, 'law');
    const of = (places: readonly number[]) => places.map((place) => groups[place]!).sort((a, b) => a - b);
    expect(of(judging)).toHaveLength(4);
    expect(of(fitted)).toHaveLength(12 * copies);
    expect([...of(judging), ...new Set(of(fitted))].sort((a, b) => a - b)).toEqual(apart(16));
  },
);

test('fewer, or fewer that differ, are refused with both numbers', () => {
  for (const groups of [apart(FEWEST_DEMOS - 1), apart(100).map((place) => place % 11)]) {
    expect(() => splitDemos(groups, 'law')).toThrow(/at least 12 demos that differ.*"law" has 11/);
  }
});

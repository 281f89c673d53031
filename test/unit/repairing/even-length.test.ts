import { expect, test } from 'vitest';
import { evenLength } from '../../../electron/engine/write/repairing/repair-demos.ts';

test('takes the length at which most tokens take part, of those that enough demos have', () => {
  expect(evenLength([300, 300, 300, 20], 2)).toBe(300);
  expect(evenLength([300, 20, 20, 20], 2)).toBe(20);
  // 3 · 90 against 2 · 100
  expect(evenLength([100, 90, 100], 2)).toBe(90);
  expect(evenLength([100, 10, 100], 2)).toBe(100);
  expect(evenLength([100, 10, 100], 3)).toBe(10);
});

test('of fewer demos there is none', () => {
  expect(evenLength([50, 50], 3)).toBe(0);
});

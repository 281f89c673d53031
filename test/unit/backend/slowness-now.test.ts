import { expect, test } from 'vitest';
import { slownessNow } from '../../../electron/engine/demos/chat-renderer.ts';

test('work takes as many times as long as there are threads for a core', () => {
  expect(slownessNow(2, [0], 2)).toBe(1);
  expect(slownessNow(2, [4], 2)).toBe(3);
  expect(slownessNow(2, [1], 8)).toBe(1);
  expect(slownessNow(8, [4], 8)).toBe(1.5);
});

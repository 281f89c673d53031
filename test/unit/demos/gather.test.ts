import { expect, test } from 'vitest';
import { takenOf } from '../../../electron/engine/demos/gather.ts';

test.each([
  [{}, 10],
  [{ limit: 3 }, 3],
  [{ limit: 30 }, 10],
  [{ holdBack: 0.2 }, 8],
  [{ limit: 9, holdBack: 0.2 }, 8],
  [{ limit: 3, holdBack: 0.2 }, 3],
])('of ten demos %o takes %i', (taken, count) => {
  expect(takenOf(10, taken)).toBe(count);
});

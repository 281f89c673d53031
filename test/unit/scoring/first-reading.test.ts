import { expect, test } from 'vitest';
import { firstReading } from '../../../electron/engine/experts/scoring/run-scoring.ts';

const KNOWN = { fingerprint: 'f', sampled: 's', kindred: 'k' };

test.each([
  [18e9, null, [{ key: 'readFirst', bytes: 18e9 }]],
  [18e9, KNOWN, []],
  // in less time than it takes to say so
  [22e6, null, []],
])('of %d bytes, known as %j', (bytes, known, told) => {
  expect(firstReading(bytes, known)).toEqual(told);
});

import { expect, test } from 'vitest';
import { displayBytes } from '../../../electron/contract/display-bytes.ts';

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [65_536, '65.5 kB'],
  [999_949, '999.9 kB'],
  [999_960, '1.0 MB'],
  [16 << 20, '16.8 MB'],
  [9_412_345_678, '9.4 GB'],
  [3.5e15, '3,500.0 TB'],
])('%i → %s', (bytes, text) => {
  expect(displayBytes(bytes)).toBe(text);
});

import { expect, test } from 'vitest';
import { bytesTicks, displayBytes } from '../../../electron/contract/display-bytes.ts';

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

test.each([
  [
    [7.42e6, 7.44e6, 7.46e6],
    ['7.42 MB', '7.44 MB', '7.46 MB'],
  ],
  [
    [7.4e6, 7.45e6, 7.5e6],
    ['7.40 MB', '7.45 MB', '7.50 MB'],
  ],
  [
    [8e6, 10e6],
    ['8.0 MB', '10.0 MB'],
  ],
  [
    [800e6, 1.2e9],
    ['0.8 GB', '1.2 GB'],
  ],
  [
    [1, 2],
    ['1 B', '2 B'],
  ],
])('on an axis %j are told apart', (sizes, ticks) => {
  expect(bytesTicks('en', sizes)).toEqual(ticks);
});

import { describe, expect, it } from 'vitest';
import { parseBytes } from '../../../electron/engine/base/files/parse-bytes.ts';
import { failure } from '../selection/matrices.ts';

describe('parseBytes', () => {
  it.each([
    ['12GiB', 12_884_901_888],
    ['12 GB', 12_000_000_000],
    ['12g', 12_000_000_000],
    ['12m', 12_000_000],
    ['12mi', 12 * 2 ** 20],
    ['12Gi', 12_884_901_888],
    ['1.5KiB', 1536],
    ['800MB', 800_000_000],
    ['800M', 800_000_000],
    ['1TiB', 1_099_511_627_776],
    ['0.3KiB', 307], // 307.2
    ['123456', 123_456],
    [' 7 b ', 7],
  ])('%s is %i bytes', (text, expected) => {
    expect(parseBytes(text)).toBe(expected);
  });

  it.each(['', 'GiB', '12 XB', '-1GiB', '1,5GiB', '1e9', '12GiB free', '99999999TiB', '1.2.3G', '12ib'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseBytes(text)).toThrow(failure('USAGE', `"${text}"`));
    },
  );
});

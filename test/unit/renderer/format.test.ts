import { describe, expect, it } from 'vitest';
import { formatFor } from '../../../renderer/kit/format.ts';

const en = formatFor('en');
const ja = formatFor('ja');

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [14_100_000, '14.1 MB'],
    [9_412_345_678, '9.4 GB'],
    // never "1,000.0 MB"
    [999_970_000, '1.0 GB'],
    [2_500_000_000_000, '2.5 TB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(en.bytes(bytes)).toBe(text);
  });

  it('writes exact bytes for hovering', () => {
    expect(en.bytesExact(9_412_345_678)).toBe('9,412,345,678 B');
    expect(en.bytesExact(9_412_345_678n)).toBe('9,412,345,678 B');
  });

  it.each([
    [8_000, '8 sec'],
    [59_700, '1 min'],
    [242_000, '4 min'],
    [3_600_000, '1 hr'],
    [7_500_000, '2 hr 5 min'],
    [-5, '0 sec'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(en.duration(ms)).toBe(text);
  });

  it('writes what took less than ten seconds with its tenths', () => {
    expect(en.took(382)).toBe('0.4 sec');
    expect(en.took(3_600)).toBe('3.6 sec');
    expect(en.took(12_400)).toBe('12 sec');
  });

  it('writes rates and shares with their decimals', () => {
    expect(en.rate(41.26)).toBe('41.3');
    expect(en.rate(412.3)).toBe('412');
    expect(en.percent(0.9341)).toBe('93.4%');
  });

  it('writes scores of any magnitude', () => {
    expect(en.score(0)).toBe('0');
    expect(en.score(12.34567)).toBe('12.35');
    expect(en.score(0.00001234)).toBe('1.23E-5');
    expect(en.score(123_456_789)).toBe('1.23E8');
  });

  it('writes the time of today, and the day of others', () => {
    const now = new Date();
    expect(en.when(now.getTime())).toMatch(/^\d{1,2}:\d\d\s[AP]M$/);
    expect(en.when(new Date(2020, 2, 5, 12).getTime())).toBe('Mar 5, 2020');
  });

  it('follows the language', () => {
    expect(ja.duration(242_000)).toBe('4 分');
    expect(en.list(['a', 'b', 'c'])).toBe('a, b, and c');
    expect(ja.list(['a', 'b'])).toBe('a、b');
  });
});

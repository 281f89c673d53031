import { expect, test } from 'vitest';
import { toShingles } from '../../../electron/engine/base/content/shingles.ts';

const word = (i: number): string => ((i * 2_654_435_761) % 4_294_967_296).toString(36);
const prose = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => word(from + i)).join(' ');
const keys = (text: string): number[] => [...toShingles(text).keys];

test('every 8 words make one, wherever they stand', () => {
  expect(keys(prose(0, 7))).toEqual([]);
  expect(keys(prose(0, 8))).toHaveLength(1);
  // against the texts themselves: the same key for the same 8 words, and another for all others
  const words = `${prose(0, 60)} ${prose(20, 30)} ${prose(500, 20)} ${prose(0, 15)}`.split(' ');
  const windows = words.slice(7).map((_, start) => words.slice(start, start + 8).join(' '));
  const found = keys(words.join(' '));
  expect(found).toHaveLength(windows.length);
  const named = new Map(found.map((key, i) => [key, windows[i]]));
  expect(named.size).toBe(new Set(windows).size);
  found.forEach((key, i) => expect(named.get(key)).toBe(windows[i]));
  found.forEach((key) => expect(Number.isSafeInteger(key) && key > 0).toBe(true));
});

test('say where they stand, in halves of words', () => {
  const { from, to, weight } = toShingles(prose(0, 10));
  expect([[...from], [...to], weight]).toEqual([[0, 2, 4], [16, 18, 20], 20]);
});

test('case, white space, punctuation and width do not count', () => {
  const plain = keys(prose(0, 20));
  expect(keys(prose(0, 20).toUpperCase().replaceAll(' ', ',\r\n\t "'))).toEqual(plain);
  expect(keys(` ${prose(0, 20)}. `)).toEqual(plain);
  expect(keys('ａｂｃ １２３ '.repeat(10))).toEqual(keys('ABC 123 '.repeat(10)));
  expect(keys('e\u0301te\u0301 '.repeat(14))).toEqual(keys('été '.repeat(14)));
  expect(keys(prose(1, 20))).not.toEqual(plain);
});

test('scripts without spaces are read by their characters, two for a word', () => {
  const japanese = '吾輩は猫である名前はまだ無いどこで生れたかとんと見当がつかぬ';
  expect(keys(japanese)).toHaveLength(japanese.length - 15);
  expect(keys(`${japanese.slice(0, 7)}。\n${japanese.slice(7)}`)).toEqual(keys(japanese));
  expect(keys('สวัสดีครับยินดีต้อนรับสู่ประเทศไทย').length).toBeGreaterThan(5);
  // Korean writes spaces
  expect(keys('오늘은 날씨가 '.repeat(3))).toEqual([]);
  const { to } = toShingles(`${prose(0, 6)} ${japanese.slice(0, 4)}`);
  expect([...to]).toEqual([16]);
});

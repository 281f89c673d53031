import { expect, test } from 'vitest';
import { reasonAgainst } from '../../../renderer/screens/best/reason-against.ts';

const inside = { value: 1.1, low: 1.05, high: 1.2 };

test.each([
  [{ bytes: 8, inside, isContender: false }, 'larger'],
  [{ bytes: 7, inside, isContender: false }, 'larger'],
  [{ bytes: 6, inside, isContender: false }, 'smaller'],
  [{ bytes: 6, inside, isContender: true }, 'asGood'],
  [{ bytes: 8, inside: null, isContender: false }, 'beyondWorse'],
] as const)('%o: %s', (file, reason) => {
  expect(reasonAgainst(file, { bytes: 7 }, 'decided')).toBe(reason);
});

test('a file that was not measured says whether that was for want of time', () => {
  const file = { bytes: 8, inside: null, isContender: false };
  expect(reasonAgainst(file, { bytes: 7 }, 'texts')).toBe('beyondWorse');
  expect(reasonAgainst(file, { bytes: 7 }, 'time')).toBe('noTime');
});

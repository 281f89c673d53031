import { expect, test } from 'vitest';
import { msg } from '../../../electron/contract/sentences.ts';
import { isFromChoice } from '../../../renderer/state/choosing.ts';

const selection = { id: 5, hash: 'a' };
const plain = { selectionHash: 'a', selectionId: 5, quantType: null, repair: null };

test('a file is the choice’s by its experts, or where it was written from it in another type or repaired', () => {
  expect(isFromChoice(plain, selection)).toBe(true);
  expect(isFromChoice({ ...plain, selectionId: null }, selection)).toBe(true);
  const other = { ...plain, selectionHash: 'b' };
  expect(isFromChoice(other, selection)).toBe(false);
  expect(isFromChoice({ ...other, quantType: 'Q4_K_M' }, selection)).toBe(true);
  expect(isFromChoice({ ...other, quantType: 'Q4_K_M', selectionId: 6 }, selection)).toBe(false);
  expect(isFromChoice({ ...other, repair: { facts: null, leftOut: null } }, selection)).toBe(true);
  expect(isFromChoice({ ...other, repair: { facts: null, leftOut: msg('repairNotBetter') } }, selection)).toBe(false);
});

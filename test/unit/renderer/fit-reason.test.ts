import { expect, test } from 'vitest';
import { reasonAgainst } from '../../../renderer/screens/new/reason-against.ts';

const inside = { value: 1.1, low: 1.05, high: 1.2 };
const file = { inside, isContender: false, confirmed: null };
const confirmed = { inside, outside: null, klMean: null, klOutside: null, top1: null };
const settled = { ended: 'decided', contradicts: false } as const;
const overruled = { ended: 'decided', contradicts: true } as const;

test.each([
  [file, settled, 'worse'],
  [{ ...file, confirmed }, settled, 'worse'],
  [{ ...file, isContender: true }, settled, 'asGood'],
  [{ ...file, inside: null }, settled, 'beyondWorse'],
  [{ ...file, inside: null }, { ended: 'time', contradicts: false }, 'noTime'],
  // the proof took another file than the search
  [file, overruled, 'unproved'],
  [{ ...file, confirmed }, overruled, 'overruled'],
] as const)('%o in %o: %s', (against, result, reason) => {
  expect(reasonAgainst(against, result)).toBe(reason);
});

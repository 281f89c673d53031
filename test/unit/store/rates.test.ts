// What work takes on a machine that has done some of its kind before.
import { expect, test } from 'vitest';
import { openStore } from '../../../electron/engine/store/database.ts';
import { knownRates, noteWork, secondsOf, type Work } from '../../../electron/engine/store/rates.ts';
import { temporaryHome } from './support.ts';

test('work takes as long as the last of its kind, once that took long enough to tell', () => {
  const store = openStore(temporaryHome());
  const of = (work: Work): number => secondsOf(work, knownRates(store, 2));
  const q4: Work = { 'quantise Q4_K_M': 1e9 };
  const before = of(q4);
  expect(of({ 'quantise IQ2_XS': 1e9 })).toBeGreaterThan(before);
  noteWork(store, 'quantise Q4_K_M', 10, 0.5);
  expect(of(q4)).toBe(before);
  noteWork(store, 'quantise Q4_K_M', 1e8, before / 5);
  expect(of(q4)).toBeCloseTo(2 * before, 6);
  expect(of({ ...q4, copy: 1e9 })).toBeCloseTo(2 * before + 1, 6);
  store.close();
});

test('the speed of a prefill tells of computing and links, not of the disk', () => {
  const store = openStore(temporaryHome());
  const rates = knownRates(store, 2);
  expect(rates('host', 0.5)).toBe(rates('host') / 2);
  expect(rates('fit', 0.5)).toBe(rates('fit') / 2);
  expect(rates('disk', 0.5)).toBe(rates('disk'));
  store.close();
});

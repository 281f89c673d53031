// What quantising takes on a machine that has quantised before.
import { expect, test } from 'vitest';
import { noteQuantised, quantiseSeconds } from '../../../electron/engine/write/quantising/quantise-rate.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { temporaryHome } from '../store/support.ts';

const WEIGHTS = 1e9;

test('a type takes as long as the last time, others differ from the typical by as much', () => {
  const store = openStore(temporaryHome());
  const before = { q4: quantiseSeconds(store, 'Q4_K_M', WEIGHTS), iq2: quantiseSeconds(store, 'IQ2_XS', WEIGHTS) };
  expect(before.iq2).toBeGreaterThan(before.q4);
  noteQuantised(store, 'Q4_K_M', WEIGHTS / 10, before.q4 / 5);
  expect(quantiseSeconds(store, 'Q4_K_M', WEIGHTS)).toBeCloseTo(2 * before.q4, 6);
  expect(quantiseSeconds(store, 'IQ2_XS', WEIGHTS)).toBeCloseTo(2 * before.iq2, 6);
  expect(quantiseSeconds(store, 'Q4_K_M', 2 * WEIGHTS)).toBeCloseTo(4 * before.q4, 6);
  store.close();
});

test('what took no time to speak of tells nothing', () => {
  const store = openStore(temporaryHome());
  const before = quantiseSeconds(store, 'Q8_0', WEIGHTS);
  noteQuantised(store, 'Q8_0', 10, 0.5);
  expect(quantiseSeconds(store, 'Q8_0', WEIGHTS)).toBe(before);
  store.close();
});

import { expect, test } from 'vitest';
import { openStore } from '../../../electron/engine/store/database.ts';
import { fitFlops, fitSeconds, memoryOfFit, noteFitted } from '../../../electron/engine/write/repairing/fit-cost.ts';
import { temporaryHome } from '../store/support.ts';

const down = (nExpert: number, nFf = 128) => ({
  name: 'blk.0.ffn_down_exps.weight',
  type: 'q8_0',
  ne: [nFf, 256, nExpert],
  bytes: 34_816 * nExpert,
});

test('of many tokens products grow with them, and with the experts’ width; of few, with their square and the embedding', () => {
  const ofTokens = (tokens: number, nExpert = 8, nFf = 128): number => fitFlops([down(nExpert, nFf)], tokens, 4);
  // 4000 pairs more, of 500 an expert and more: n_ff · (n_ff / 2 + 2 sweeps · 2 products · n_embd) each
  expect(ofTokens(2000) - ofTokens(1000)).toBe(2 * 4000 * 128 * (64 + 4 * 256));
  // 50 pairs an expert: their products with each other, an inverse, one product with n_embd a sweep, and the change
  const byPairs = (n: number): number => 2 * 8 * (n ** 2 * 64 + n ** 3 + 2 * n ** 2 * 256 + n * 128 * 256);
  expect(ofTokens(100)).toBe(byPairs(50));
  expect(ofTokens(384)).toBe(byPairs(192));
  expect(ofTokens(386)).toBeGreaterThan(byPairs(192));
  expect(ofTokens(386)).toBeLessThan(1.1 * byPairs(193)); // where the two cross
  expect(ofTokens(200, 16)).toBe(2 * ofTokens(100));
  expect(ofTokens(0)).toBe(0);
  expect(fitFlops([down(8), down(8)], 1000, 4)).toBe(2 * ofTokens(1000));
});

test('a machine’s rate is that of its last fit, by threads, once that took long enough to tell', () => {
  const store = openStore(temporaryHome());
  const typical = fitSeconds(store, 1e12, 2, 100e9);
  expect(typical).toBeGreaterThan(10); // single precision is slower than a prefill
  noteFitted(store, 1e9, 2, 0.5);
  expect(fitSeconds(store, 1e12, 2, 100e9)).toBe(typical);
  noteFitted(store, 100e9, 2, 2);
  expect(fitSeconds(store, 1e12, 2, 100e9)).toBe(20);
  expect(fitSeconds(store, 1e12, 4, 100e9)).toBe(typical);
  store.close();
});

test('memory is that of the largest block', () => {
  const one = memoryOfFit([down(8)], 1000, 4);
  expect(memoryOfFit([down(8), down(4)], 1000, 4)).toBe(one);
  expect(memoryOfFit([down(32)], 1000, 4)).toBeGreaterThan(memoryOfFit([down(16)], 1000, 4));
  const [inputs, lacks, changes] = [1000 * 4 * 130, 2 * 1000 * 256, 8 * 128 * (128 + 256)];
  const slice = 1000 * 4 * 128;
  expect(one).toBe(4 * (inputs + slice + lacks + changes + 6 * 1000 * 128) + 3 * 8 * 34_816);
  // of many tokens a slice runs at once
  const [few, more] = [memoryOfFit([down(64)], 2000, 4), memoryOfFit([down(64)], 3000, 4)];
  const wider = 64 * (187.5 * (187.5 + 256) - 128 * (128 + 256)); // fitted by 187.5 pairs an expert
  expect(more - few).toBe(4 * (1000 * (4 * 130 + 2 * 256 + (6 * 4 * 4 * 128) / 64) + wider));
});

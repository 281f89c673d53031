import { expect, test } from 'vitest';
import { evenlySpread } from '../../../electron/engine/measure/benchmark/evenly-pruned.ts';

test('experts at equal distances, as many in every layer', () => {
  expect(evenlySpread({ nExpert: 8, expertsPerBlock: 1, moeLayers: [1, 2] }, 4)).toEqual([
    [0, 2, 4, 6],
    [0, 2, 4, 6],
  ]);
  expect(evenlySpread({ nExpert: 8, expertsPerBlock: 1, moeLayers: [0] }, 3)).toEqual([[0, 2, 5]]);
  expect(evenlySpread({ nExpert: 8, expertsPerBlock: 1, moeLayers: [0] }, 8)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
});

test('experts that share weights stay together', () => {
  expect(evenlySpread({ nExpert: 8, expertsPerBlock: 2, moeLayers: [0] }, 4)).toEqual([[0, 1, 4, 5]]);
  expect(evenlySpread({ nExpert: 8, expertsPerBlock: 2, moeLayers: [0] }, 1)).toEqual([[0, 1]]);
});

import { expect, test } from 'vitest';
import { sumsOf, type ExpertSums } from '../../../electron/contract/criteria.ts';
import { compareScores, scoresAgree } from '../../../electron/engine/measure/sample/check-devices.ts';

const SHAPED = { info: { nExpert: 8, nExpertUsed: 2 }, shape: { nLayers: 2, nExpert: 8 } };
const LAYER = [8, 7, 6, 5, 4, 3, 2, 1];

/** What the main criterion ranks by. */
function sums(...layers: number[][]): ExpertSums {
  return sumsOf((name) => Float64Array.from(name === 'gateNormTurn' ? layers.flat() : layers.flat().fill(0)));
}

test('the same scores agree', () => {
  const found = compareScores(sums(LAYER, LAYER), sums(LAYER, LAYER), SHAPED);
  expect(found).toEqual({ scores: 0, keptHalf: 1, keptQuarter: 1 });
  expect(scoresAgree(found)).toBe(true);
});

test('the layer that is furthest off is the difference', () => {
  // two experts of the second layer have changed places; the squares of its scores add up to 204
  const swapped = [8, 7, 6, 4, 5, 3, 2, 1];
  const found = compareScores(sums(LAYER, swapped), sums(LAYER, LAYER), SHAPED);
  expect(found.scores).toBeCloseTo(Math.sqrt(2 / 204), 12);
  // of four kept experts in the second layer three are the same, in the first all
  expect(found.keptHalf).toBeCloseTo((1 + 3 / 4) / 2, 12);
  expect(found.keptQuarter).toBe(1);
  expect(scoresAgree(found)).toBe(false);
});

test('scores that one factor is missing from differ, though they rank alike', () => {
  const found = compareScores(sums(LAYER.map(Math.sqrt), LAYER), sums(LAYER, LAYER), SHAPED);
  expect(found).toMatchObject({ keptHalf: 1, keptQuarter: 1 });
  expect(scoresAgree(found)).toBe(false);
});

// Which criterion is called the best, of figures that are made up.
import { expect, test } from 'vitest';
import type { Interval } from '../../../electron/contract/interval.ts';
import type { FastCriterion } from '../../../electron/contract/criteria.ts';
import type { RankedCriterion } from '../../../electron/contract/api/selections.ts';
import { rankCriteria } from '../../../electron/engine/measure/study/best-criterion.ts';

const TOKENS = Uint32Array.of(10, 10, 10, 10, 10, 10, 10, 10);
/** How hard each unit is for every choice alike. */
const HARDNESS = [9, 1, 4, 16, 2, 25, 3, 12];

function at(value: number): Interval {
  return { value, standardError: null, low: null, high: null };
}

/** @param kl nats of each unit */
function measured(criterion: FastCriterion, kl: readonly number[]) {
  const mean = kl.reduce((sum, value) => sum + value, 0) / (10 * kl.length);
  return {
    criterion,
    kl: at(mean),
    ratio: at(Math.exp(mean)),
    sums: { tokens: TOKENS, nll: new Float64Array(kl.length), kl: Float64Array.from(kl) },
  };
}

const byName = (ranked: readonly RankedCriterion[], name: FastCriterion): RankedCriterion | undefined =>
  ranked.find(({ criterion }) => criterion === name);

test('the lowest KL divergence is the best, and in pairs a small but steady difference is sure', () => {
  const ranked = rankCriteria([
    measured(
      'easy-ep',
      HARDNESS.map((nats) => nats + 0.5),
    ),
    measured('gate', HARDNESS),
    measured(
      'reap',
      HARDNESS.map((nats, unit) => nats + (unit % 2 === 0 ? 2 : -1.9)),
    ),
  ]);
  expect(ranked.map(({ criterion }) => criterion)).toEqual(['gate', 'reap', 'easy-ep']);
  expect(byName(ranked, 'gate')).toMatchObject({ overBest: null, isWorse: false });
  // half a nat in each unit of ten tokens, however much the units differ
  expect(byName(ranked, 'easy-ep')?.overBest?.value).toBeCloseTo(0.05, 12);
  expect(byName(ranked, 'easy-ep')?.overBest?.low).toBeCloseTo(0.05, 12);
  expect(byName(ranked, 'easy-ep')?.isWorse).toBe(true);
  // as far above as below
  expect(byName(ranked, 'reap')?.overBest?.value).toBeCloseTo(0.005, 12);
  expect(byName(ranked, 'reap')).toMatchObject({ isWorse: false, isSame: false });
});

test('criteria that keep the same experts are equal, and the first of them is taken', () => {
  const ranked = rankCriteria([measured('man', HARDNESS), measured('gate', HARDNESS)]);
  expect(ranked.map(({ criterion }) => criterion)).toEqual(['man', 'gate']);
  expect(ranked[1]).toMatchObject({ overBest: { value: 0, low: 0, high: 0 }, isWorse: false, isSame: true });
});

test('what was not measured against a reference is refused', () => {
  const alone = { ...measured('gate', HARDNESS), sums: { tokens: TOKENS, nll: new Float64Array(8), kl: null } };
  expect(() => rankCriteria([alone])).toThrow('full model');
});

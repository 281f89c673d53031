import { expect, test } from 'vitest';
import {
  inStopOrder,
  isLookedAt,
  StableEnd,
  stopRule,
} from '../../../electron/engine/experts/scoring/stop-when-stable.ts';
import { emptySums } from '../../../electron/engine/experts/selection/criteria.ts';
import { uniform } from '../../../electron/engine/base/statistics/uniform.ts';
import { MODEL } from '../store/tiny-run.ts';

const ASKED = { keep: '50%', criterion: 'easy-ep', share: 0.05 } as const;

test('the rule is settled by the model', () => {
  expect(stopRule(ASKED, MODEL)).toEqual({ ...ASKED, keep: 4, tokens: 'all', confidence: 0.95 });
  expect(stopRule(ASKED, { ...MODEL, moeLayers: [0, 1] }).tokens).toBe('without-first');
  expect(stopRule({ ...ASKED, tokens: 'answers' }, MODEL).tokens).toBe('answers');
});

test('the order is the same however the demos came', () => {
  const demos = ['c', 'a', 'b'].map((hash) => ({ hash }));
  expect(inStopOrder(demos).map(({ hash }) => hash)).toEqual(['a', 'b', 'c']);
  expect(inStopOrder(demos.toReversed())).toEqual(inStopOrder(demos));
});

test('the choice is looked at from 8 demos on, about every twentieth more', () => {
  const looks = Array.from({ length: 2000 }, (_, i) => i + 1).filter((n) => isLookedAt(n, n - 1));
  expect(looks.slice(0, 4)).toEqual([8, 9, 10, 11]);
  const steps = looks.slice(1).map((n, i) => n / looks[i]!);
  expect(Math.max(...steps.slice(20))).toBeLessThan(1.11);
  expect(looks.length).toBeLessThan(130);
  // a large pack may pass several of these places
  expect(isLookedAt(500, 3)).toBe(true);
});

/** 20 of 40 demos, by which no choice is sure. */
function unsure() {
  const random = uniform(3);
  const demos = Array.from({ length: 20 }, () => {
    const sums = emptySums(3, 8);
    sums.gateNormTurn.forEach((_, i) => (sums.gateNormTurn[i] = (i % 8) + 12 * random()));
    return sums;
  });
  return { count: 40, at: (position: number) => demos[position]! };
}

const endOf = (share: number, demos = unsure()): StableEnd =>
  new StableEnd(demos, stopRule({ ...ASKED, share }, MODEL), MODEL, null);

test('who begins later finds the same', async () => {
  const first = endOf(0.8);
  await first.reached([8]);
  await first.reached([8, 12]);
  await first.reached([8, 12, 16]);
  const found = await first.reached([8, 12, 16, 20]);
  expect(found?.share).toBeGreaterThan(0);
  expect(await endOf(0.8).reached([8, 12, 16, 20])).toEqual(found);
  expect(await endOf(0.01).reached([8, 12, 16, 20])).toBeNull();
});

test('one look is not enough, and none is taken of few demos', async () => {
  expect(await endOf(0.99).reached([8])).toBeNull();
  expect(await endOf(0.99).reached([4, 7])).toBeNull();
  expect(await endOf(0.99).reached([8, 12])).not.toBeNull();
  // alike up to here, then unsure: the look before does not make up for it
  const sure = emptySums(3, 8);
  sure.gateNormTurn.forEach((_, i) => (sure.gateNormTurn[i] = i % 8));
  const later = unsure();
  const demos = { count: 400, at: (position: number) => (position < 8 ? sure : later.at(position)) };
  expect(await endOf(0.05, demos).reached([8, 20])).toBeNull();
});

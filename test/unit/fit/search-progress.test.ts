// What a search tells of itself: one list of phases, each counted by itself, and a bar that does not jump.
import { expect, test } from 'vitest';
import {
  phaseDetail,
  phaseOf,
  phasePlace,
  phaseTitle,
  roundedTimeLeft,
} from '../../../electron/contract/fit-progress-texts.ts';
import type { FitPlan } from '../../../electron/contract/fit.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { SearchProgress } from '../../../electron/engine/measure/fit/search-progress.ts';
import { idleTask } from '../../../electron/engine/store/task.ts';

const SECONDS = { scoring: 40, weighing: 60, trying: 120, comparing: 30, proving: 30, writing: 10 };

function follow() {
  const steps: NonNullable<JobView['step']>[] = [];
  const shares: number[] = [];
  const clock = { seconds: 0 };
  const search = new SearchProgress(
    {
      ...idleTask(),
      progress: (done, total) => shares.push(done / total),
      about: ({ step }) => step && steps.push(step),
    },
    SECONDS,
    () => 1000 * clock.seconds,
  );
  return { search, steps, shares, clock };
}

/** The passes of a repair, as its parts tell them, then measuring. */
function makeAndMeasure(search: SearchProgress): void {
  for (let done = 0; done <= 100; done += 50) search.task.about({ step: { key: 'making', done, total: 100 } });
  search.task.about({ step: { key: 'loading', done: 100, total: 100 } });
  for (const key of ['recording', 'repairing', 'judging', 'judging']) {
    for (let done = 1; done <= 9; done++) search.task.about({ step: { key, done, total: 9 } });
    search.task.progress(900, 1000, 'permille');
  }
  search.task.about({ step: { key: 'loading', done: 50, total: 100 } });
  for (let done = 0; done <= 4; done++) search.task.about({ step: { key: 'measuring', done, total: 4 } });
}

test('the passes inside a file are told as what is done of it: the file’s count stays, and no round begins anew', () => {
  const { search, steps } = follow();
  search.begin('trying', 4);
  for (let file = 0; file < 4; file++) {
    search.count(file);
    makeAndMeasure(search);
  }
  expect(new Set(steps.map(({ key }) => key))).toEqual(new Set(['trying']));
  const counts = steps.map(({ done, total }) => `${done} of ${total}`);
  expect(counts).toEqual(counts.toSorted());
  expect(new Set(counts)).toEqual(new Set(['1 of 4', '2 of 4', '3 of 4', '4 of 4']));
  expect(steps.map(({ within }) => within)).toContain('repairing');
});

test('scoring counts its demos, and the bar follows it; other phases’ own progress does not move the bar', () => {
  const { search, steps, shares } = follow();
  search.begin('scoring', 0);
  search.task.about({ step: { key: 'scoring', done: 9, total: 36 } });
  search.task.progress(500, 1000, 'tokens');
  expect(steps.at(-1)).toEqual({ key: 'scoring', done: 9, total: 36 });
  expect(shares.at(-1)).toBeCloseTo(20 / 290, 2);
  search.begin('trying', 4);
  const before = shares.at(-1);
  search.task.progress(999, 1000, 'permille');
  expect(shares.at(-1)).toBe(before);
});

test('the bar goes through all phases by their planned time, and never back, also where a plan grows', () => {
  const { search, steps, shares } = follow();
  search.begin('scoring', 0);
  search.task.progress(1, 1, 'tokens');
  search.begin('weighing', 20);
  for (let done = 1; done <= 20; done++) search.count(done);
  expect(shares.at(-1)).toBeCloseTo(100 / 290, 2);
  search.count(21, 24);
  expect(steps.at(-1)).toEqual({ key: 'weighing', done: 22, total: 24, foreseen: 20 });
  search.begin('trying', 5, 4);
  expect(steps.at(-1)).toEqual({ key: 'trying', done: 1, total: 5, foreseen: 4 });
  for (let file = 0; file < 5; file++) {
    search.count(file);
    makeAndMeasure(search);
  }
  search.begin('comparing', 3);
  search.begin('proving', 2);
  search.count(2);
  search.begin('writing', 0);
  search.count(1);
  search.task.progress(1, 1, 'bytes');
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('a search says its place, its count, and why there is more to do than was planned', async () => {
  const locale = await loadLocale('en');
  const plan = { phases: ['scoring', 'weighing', 'trying', 'proving', 'writing'] as const };
  expect(phaseOf({ key: 'identifying', done: 1, total: 100 })).toBeNull();
  expect(phasePlace('trying', { phases: [...plan.phases] }, locale)).toBe('step 3 of 5');
  const files = (count: number) => ({ files: Array.from({ length: count }, () => ({})) }) as Pick<FitPlan, 'files'>;
  expect(phaseTitle('trying', files(5), locale)).toBe('Make and measure up to 5 files');
  expect(phaseTitle('trying', files(1), locale)).toBe('Make and measure one file');
  expect(phaseDetail('weighing', { key: 'weighing', done: 10, total: 32, within: 'making' }, locale)).toBe(
    'variant 10 of 32 · making it',
  );
  const step = { key: 'trying', done: 2, total: 5, foreseen: 4, within: 'repairing' };
  expect(phaseDetail('trying', step, locale)).toBe(
    'file 2 of 5 · repairing it · 1 more than planned, since it is worth a try',
  );
});

test('no more of the time left is said than is known', () => {
  const minutes = (value: number): number => roundedTimeLeft(value * 60_000) / 60_000;
  expect([0.02, 0.9, 1.4, 3.4, 11, 48, 100].map(minutes)).toEqual([1 / 6, 5 / 6, 8 / 6, 3, 10, 50, 105]);
});

test('work on a file moves the bar by its planned time, and stops short of the whole', () => {
  const { search, shares, clock } = follow();
  search.begin('scoring', 0);
  clock.seconds = 40;
  search.begin('weighing', 20);
  clock.seconds = 100;
  search.begin('trying', 4);
  const reached = (): number => 290 * shares.at(-1)!;
  clock.seconds = 115;
  search.task.about({ step: { key: 'making', done: 50, total: 100 } });
  expect(reached()).toBeCloseTo(115, 0);
  clock.seconds = 500;
  search.task.about({ step: { key: 'measuring', done: 1, total: 2 } });
  expect(reached()).toBeCloseTo(100 + 0.95 * 30, 0);
});

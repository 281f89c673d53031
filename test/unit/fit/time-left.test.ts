// How much longer a search says that it takes, in runs of searches that are made up: the time is theirs.
import { expect, test } from 'vitest';
import { FIT_PHASES, type FitPhase } from '../../../electron/contract/fit.ts';
import { slownessNow } from '../../../electron/engine/base/backend/slowness-now.ts';
import { SearchProgress, type FitSeconds } from '../../../electron/engine/measure/fit/search-progress.ts';
import { idleTask, type TaskNote } from '../../../electron/engine/store/task.ts';

const FILE = { making: 5, recording: 0, repairing: 9, measuring: 6, readings: 2 };
const PLAN: FitSeconds = {
  scoring: [40],
  weighing: Array.from({ length: 20 }, () => 3),
  trying: [{ ...FILE, recording: 15, measuring: 12, readings: 4 }, FILE, FILE, FILE, FILE],
  comparing: [10, 10, 10],
  proving: [20, 10],
  writing: [0, 10],
};
const PARTS = ['making', 'recording', 'repairing'] as const;
/** Looks a second. */
const LOOKS = 2;

type Look = { readonly seconds: number; readonly left: number };

/** @param slowness how many times as long as planned a phase takes */
function run(slowness: (phase: FitPhase, seconds: number) => number): { readonly looks: Look[]; readonly end: number } {
  let now = 0;
  let timeLeft: NonNullable<TaskNote['timeLeft']> = () => null;
  const looks: Look[] = [];
  const task = { ...idleTask(), about: (note: TaskNote) => void (timeLeft = note.timeLeft ?? timeLeft) };
  const search = new SearchProgress(task, PLAN, () => now);
  /** @param tell of the share that is done, in ten parts */
  const pass = (phase: FitPhase, planned: number, tell: (share: number) => void = () => {}): void => {
    const seconds = planned * slowness(phase, now / 1000);
    const steps = Math.ceil(seconds * LOOKS);
    for (let step = 1; step <= steps; step++) {
      now += (1000 * seconds) / steps;
      if (Math.floor((10 * step) / steps) > Math.floor((10 * (step - 1)) / steps)) tell(step / steps);
      looks.push({ seconds: now / 1000, left: (timeLeft() ?? 0) / 1000 });
    }
  };
  for (const phase of FIT_PHASES) {
    const doings = PLAN[phase];
    const isCounted = phase !== 'scoring' && phase !== 'writing';
    search.begin(phase, isCounted ? doings.length : 0);
    doings.forEach((doing, at) => {
      if (at > 0) search.count(at);
      if (typeof doing === 'number') {
        pass(phase, doing, (share) => isCounted || search.task.progress(Math.round(100 * share), 100, 'permille'));
        return;
      }
      const work = (key: string, seconds: number): void => {
        const tell = (share: number): void => search.task.about({ step: { key, done: 10 * share, total: 10 } });
        if (seconds > 0) tell(0);
        pass(phase, seconds, tell);
      };
      const { readings } = doing;
      for (let reading = 0; reading < readings; reading++) {
        // the model itself has been read once when the file is made
        if (reading === (at === 0 ? 1 : 0)) for (const key of PARTS) work(key, doing[key]);
        work('measuring', doing.measuring / readings);
      }
    });
    if (isCounted) search.count(doings.length);
  }
  return { looks, end: now / 1000 };
}

/** By which share the time left rises above the least that was told, at most. */
function mostRise(looks: readonly Look[]): number {
  let least = Infinity;
  let most = 0;
  for (const { left } of looks) {
    // the last seconds are rounded to ten
    if (least > 10) most = Math.max(most, left / least - 1);
    least = Math.min(least, left);
  }
  return most;
}

test.each([1, 2, 3, 0.7])(
  '%d × as long as planned: after a tenth the time left is right, and goes down',
  (slowness) => {
    const { looks, end } = run(() => slowness);
    const later = looks.filter(({ seconds }) => seconds >= 0.1 * end);
    for (const { seconds, left } of later.filter((look) => look.seconds < 0.95 * end)) {
      expect(left, `after ${seconds} s`).toBeGreaterThan(0.7 * (end - seconds));
      expect(left, `after ${seconds} s`).toBeLessThan(1.3 * (end - seconds));
    }
    expect(mostRise(later)).toBeLessThan(0.1);
  },
);

test('what was stored before is done at once, and says nothing of the rest', () => {
  const { looks, end } = run((phase) => (phase === 'scoring' || phase === 'weighing' ? 0.01 : 1));
  for (const { seconds, left } of looks.filter(({ seconds }) => seconds > 5 && seconds < 0.95 * end)) {
    expect(left, `after ${seconds} s`).toBeGreaterThan(0.7 * (end - seconds));
    expect(left, `after ${seconds} s`).toBeLessThan(1.3 * (end - seconds));
  }
});

test('where the machine becomes busy halfway, the time left follows without a leap', () => {
  const { looks, end } = run((_phase, seconds) => (seconds < 150 ? 1 : 3));
  for (const [i, { left, seconds }] of looks.entries()) {
    const before = looks[i - 1]?.left ?? Infinity;
    if (before > 10) expect(left / before, `at ${seconds} s`).toBeLessThan(1.05);
  }
  for (const { seconds, left } of looks.filter(({ seconds }) => seconds > 0.6 * end && seconds < 0.95 * end)) {
    expect(left, `after ${seconds} s`).toBeGreaterThan(0.5 * (end - seconds));
  }
});

test('a machine that does other work takes as many times longer as that takes of its cores', () => {
  expect(slownessNow(2, [0], 2)).toBe(1);
  expect(slownessNow(2, [4], 2)).toBe(3);
  expect(slownessNow(2, [1], 8)).toBe(1);
  expect(slownessNow(8, [4], 8)).toBe(1.5);
});

// Which files may be the nearest to the source model, and what is measured next.
import { describe, expect, test } from 'vitest';
import {
  byMerit,
  divergenceOver,
  judge,
  meanDivergence,
  nextStep,
  sumsOf,
  type StageSums,
} from '../../../electron/engine/measure/fit/judge.ts';
import { figuresOf, stage } from './stage-sums.ts';

/** A file as far from the source in every unit. */
const even = (units: number, kl: number): StageSums => stage(units, { kl: () => kl });
/** A file that is farther in every second unit, and nearer in the others. */
const wavering = (units: number, kl: number, by: number): StageSums =>
  stage(units, { kl: (unit) => kl + (unit % 2 === 0 ? by : -by) });
const candidate = (measured: readonly StageSums[], after: number | null = null) => ({ measured, after });

describe('a divergence over another', () => {
  test('is their difference a token, and paired: equal differences leave no interval', () => {
    const { value, low, high } = divergenceOver(wavering(12, 0.15, 0.1), wavering(12, 0.1, 0.1));
    for (const end of [value, low, high]) expect(end).toBeCloseTo(0.05, 10);
  });

  test('of several texts weighs each by its tokens, and may be below 0', () => {
    const texts = [...even(2, 0.3), ...even(6, 0.1)];
    expect(meanDivergence(texts)).toBeCloseTo((0.3 * 2 + 0.1 * 6) / 8, 10);
    expect(divergenceOver(texts, [...even(2, 0.4), ...even(6, 0.1)]).value).toBeCloseTo((-0.1 * 2) / 8, 10);
  });
});

describe('the judgement', () => {
  test('is none where nothing was measured', () => {
    expect(judge([[], []])).toBeNull();
  });

  test('who is farther in every unit is out, who is farther in some stays', () => {
    const judgement = judge([[even(12, 0.15)], [even(12, 0.1)], [wavering(12, 0.105, 0.06)], []])!;
    expect(judgement).toMatchObject({ leader: 1, contenders: [1, 2] });
    expect(judgement.farther[0]).toBeCloseTo(0.05, 10);
    expect(judgement.farther[2]).toBeLessThan(0);
    expect([judgement.farther[1], judgement.farther[3]]).toEqual([null, null]);
  });

  test('does not go by perplexity: a lower one is a change', () => {
    const near = stage(12, { kl: () => 0.05, nll: () => 0.04 });
    const better = stage(12, { kl: () => 0.1, nll: () => -0.05 });
    expect(judge([[near], [better]])).toMatchObject({ leader: 0, contenders: [0] });
  });

  test('who chooses the source’s tokens less often, or predicts measurably worse, is out however near', () => {
    const kl = (unit: number) => 0.1 + (unit % 2 === 0 ? 0.05 : -0.045);
    const lead = stage(12, { kl: () => 0.1, nll: () => 0.05 });
    expect(judge([[lead], [stage(12, { kl, nll: () => 0.05 })]])!.contenders).toEqual([0, 1]);
    expect(judge([[lead], [stage(12, { kl, nll: () => 0.05, top1: () => 0.88 })]])!.contenders).toEqual([0]);
    expect(judge([[lead], [stage(12, { kl, nll: () => 0.07 })]])!.contenders).toEqual([0]);
    // by less than 1 %, or below the source's own
    expect(judge([[lead], [stage(12, { kl, nll: () => 0.059 })]])!.contenders).toEqual([0, 1]);
    const below = stage(12, { kl: () => 0.1, nll: () => -0.05 });
    expect(judge([[below], [stage(12, { kl, nll: () => 0.005 })]])!.contenders).toEqual([0, 1]);
  });

  test('the leader is one of those that were read furthest, and no early look decides for good', () => {
    const first = [even(4, 0.1), even(16, 0.3)];
    const early = [even(4, 0.15)];
    // beside the first file at the first stage the others are farther in all units
    expect(judge([first.slice(0, 1), early, [even(4, 1)]])).toMatchObject({ leader: 0, contenders: [0] });
    const turned = judge([first, [even(4, 0.12), even(16, 0.2)], early, [even(4, 1)]])!;
    expect(turned).toMatchObject({ leader: 1, contenders: [1] });
    expect(turned.farther[0]).toBeCloseTo(0.1, 10);
    expect(turned.farther[2]).toBeCloseTo(0.03, 10);
    // the one that was out comes back beside a leader that was farther at the stage that both have reached
    expect(judge([first, [wavering(4, 0.16, 0.1), even(16, 0.2)], early])!.contenders).toEqual([1, 2]);
  });

  test('with many files chance has to be beaten by more', () => {
    const noisy = (seed: number) =>
      stage(16, { kl: (unit) => 0.1 + 0.011 + 0.03 * Math.sin(7 * unit * (seed + 1) + seed) });
    const lead = even(16, 0.1);
    const alone = judge([[lead], [noisy(0)]])!.farther[1]!;
    const among = judge([[lead], ...Array.from({ length: 20 }, (_, seed) => [noisy(seed)])])!.farther[1]!;
    expect(among).toBeLessThan(alone);
  });

  test('a single unit says nothing of others, so nobody is out by it', () => {
    expect(judge([[even(1, 0.1)], [even(1, 1)]])!.contenders).toEqual([0, 1]);
  });

  test('the source model itself is at no distance from itself', () => {
    const { figures, sums } = figuresOf(even(12, 0));
    const source = sumsOf([{ figures, sums: { ...sums!, kl: null, top1: null, sourceNll: null } }]);
    expect(judge([[even(12, 0.01)], [source]])).toMatchObject({ leader: 1, contenders: [1] });
  });
});

describe('what is measured next', () => {
  const good = even(12, 0.1);
  const bad = even(12, 0.4);
  const like = (by: number): StageSums => wavering(12, 0.101, by);

  test('what was not measured yet, in the given order', () => {
    expect(nextStep([candidate([]), candidate([])], 2)).toEqual({ file: 0, stage: 0 });
    expect(nextStep([candidate([good]), candidate([])], 2)).toEqual({ file: 1, stage: 0 });
  });

  test('nothing after a file that is out, nor after one that was skipped itself', () => {
    expect(nextStep([candidate([good]), candidate([bad]), candidate([], 1), candidate([], 2)], 2)).toBeNull();
    expect(nextStep([candidate([good]), candidate([like(0.1)]), candidate([], 1)], 2)).toEqual({ file: 2, stage: 0 });
    expect(nextStep([candidate([good]), candidate([bad]), candidate([])], 2)).toEqual({ file: 2, stage: 0 });
  });

  test('the leader further first, then who may be the nearest', () => {
    const [wide, narrow] = [like(0.09), like(0.05)];
    const files = (...measured: (readonly StageSums[])[]) => measured.map((stages) => candidate(stages));
    expect(nextStep(files([good], [narrow], [wide]), 2)).toEqual({ file: 0, stage: 1 });
    expect(nextStep(files([good, good], [narrow], [wide]), 2)).toEqual({ file: 2, stage: 1 });
    expect(nextStep(files([good, good], [narrow], [wide, wide]), 2)).toEqual({ file: 1, stage: 1 });
    // a file that is out is not read further
    expect(nextStep(files([good, good], [narrow, bad], [bad]), 2)).toBeNull();
  });

  test('nothing where the texts are used up', () => {
    const files = [candidate([good, good]), candidate([like(0.05), like(0.05)])];
    expect(nextStep(files, 1)).toBeNull();
    expect(nextStep(files, 2)).toEqual({ file: 0, stage: 2 });
  });
});

test('of files that are not measurably different, the least loss elsewhere, then more experts, then the nearest', () => {
  const merit = (name: string, outside: number | null, keep: number, inside: number) => ({
    name,
    outside,
    keep,
    inside,
  });
  const order = (...files: ReturnType<typeof merit>[]) => files.toSorted(byMerit).map(({ name }) => name);
  expect(order(merit('a', 0.3, 32, 0.1), merit('b', 0.2, 16, 0.2))).toEqual(['b', 'a']);
  expect(order(merit('a', 0.2, 16, 0.1), merit('b', 0.2, 20, 0.2))).toEqual(['b', 'a']);
  expect(order(merit('a', null, 20, 0.2), merit('b', null, 20, 0.1))).toEqual(['b', 'a']);
});

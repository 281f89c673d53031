// Which file is the best, and what is measured next.
import { describe, expect, test } from 'vitest';
import {
  bestOf,
  divergenceOver,
  judge,
  meanNll,
  nextStep,
  perplexityOver,
  type StageSums,
} from '../../../electron/engine/measure/fit/judge.ts';

const TOKENS = 100;

/** One text, whose units lose so many nats a token. */
function text(...nllOfUnits: readonly number[]): StageSums {
  return [
    {
      tokens: Uint32Array.from(nllOfUnits, () => TOKENS),
      nll: Float64Array.from(nllOfUnits, (nll) => nll * TOKENS),
      kl: null,
    },
  ];
}

/** A file that loses `more` than a text that is harder from unit to unit. */
const units = (count: number, more: (unit: number) => number): StageSums =>
  text(...Array.from({ length: count }, (_, unit) => 2 + unit / 10 + more(unit)));

const candidate = (measured: readonly StageSums[], after: number | null = null) => ({
  measured,
  after,
});

describe('a perplexity over another', () => {
  test('is exp of the difference of the nats a token, and paired: equal differences leave no interval', () => {
    const { value, low, high } = perplexityOver(
      units(12, () => 0.1),
      units(12, () => 0),
    );
    for (const end of [value, low, high]) expect(end).toBeCloseTo(Math.exp(0.1), 10);
  });

  test('of several texts weighs each by its tokens', () => {
    const short = text(2.3, 2.3);
    const long = text(2.1, 2.1, 2.1, 2.1, 2.1, 2.1);
    const { value } = perplexityOver([...short, ...long], [...text(2, 2), ...text(2, 2, 2, 2, 2, 2)]);
    expect(value).toBeCloseTo(Math.exp((0.3 * 2 + 0.1 * 6) / 8), 10);
    expect(meanNll([...short, ...long])).toBeCloseTo((2.3 * 2 + 2.1 * 6) / 8, 10);
  });
});

describe('the judgement', () => {
  test('is none where nothing was measured', () => {
    expect(judge([[], []])).toBeNull();
  });

  test('who is worse in every unit is out, who is worse in some stays', () => {
    const best = units(12, () => 0);
    const worse = units(12, () => 0.05);
    const like = units(12, (unit) => (unit % 2 === 0 ? 0.06 : -0.05));
    const judgement = judge([[worse], [best], [like], []])!;
    expect(judgement.leader).toBe(1);
    expect(judgement.contenders).toEqual([1, 2]);
    expect(judgement.over[0]!.value).toBeCloseTo(Math.exp(0.05), 10);
    expect(judgement.over[1]).toBeNull();
    expect(judgement.over[3]).toBeNull();
  });

  test('goes by the last stage that all contenders share, and who is out stays out', () => {
    const early = units(4, () => 0);
    const late = units(16, () => 0.2);
    const other = units(16, () => 0);
    const out = judge([[early, late], [units(4, () => 0.01), other], [units(4, () => 1)]])!;
    // at the first stage the first leads and both others are worse in all units
    expect(out).toMatchObject({ leader: 0, contenders: [0] });

    const unsure = units(4, (unit) => (unit % 2 === 0 ? 0.1 : -0.09));
    const turned = judge([[early, late], [unsure, other], [units(4, () => 1)]])!;
    expect(turned).toMatchObject({ leader: 1, contenders: [1] });
    expect(turned.over[0]!.value).toBeCloseTo(Math.exp(0.2), 10);
    expect(turned.over[2]!.value).toBeGreaterThan(2);

    const halfway = judge([[early, late], [unsure]])!;
    expect(halfway).toMatchObject({ leader: 0, contenders: [0, 1] });
  });

  test('a single unit has no interval, so nobody is out by it', () => {
    expect(judge([[text(2)], [text(3)]])!.contenders).toEqual([0, 1]);
  });
});

describe('what is measured next', () => {
  const good = units(12, () => 0);
  const bad = units(12, () => 0.3);
  const like = (size: number): StageSums => units(12, (unit) => (unit % 2 === 0 ? size : 0.001 - size));

  test('what was not measured yet, in the given order', () => {
    expect(nextStep([candidate([]), candidate([])], 2)).toEqual({ file: 0, stage: 0 });
    expect(nextStep([candidate([good]), candidate([])], 2)).toEqual({ file: 1, stage: 0 });
  });

  test('nothing after a file that is out, nor after one that was skipped itself', () => {
    expect(nextStep([candidate([good]), candidate([bad]), candidate([], 1), candidate([], 2)], 2)).toBeNull();
    expect(nextStep([candidate([good]), candidate([like(0.1)]), candidate([], 1)], 2)).toEqual({ file: 2, stage: 0 });
    expect(nextStep([candidate([good]), candidate([bad]), candidate([])], 2)).toEqual({ file: 2, stage: 0 });
  });

  test('the leader further first, then who is least known', () => {
    const [wide, narrow] = [like(0.2), like(0.1)];
    const files = (leader: readonly StageSums[], ...others: (readonly StageSums[])[]) =>
      [leader, ...others].map((measured) => candidate(measured));
    expect(nextStep(files([good], [narrow], [wide]), 2)).toEqual({ file: 0, stage: 1 });
    expect(nextStep(files([good, good], [narrow], [wide]), 2)).toEqual({ file: 2, stage: 1 });
    expect(nextStep(files([good, good], [narrow], [wide, wide]), 2)).toEqual({ file: 1, stage: 1 });
    // a file that is out is not read further
    expect(nextStep(files([good, good], [narrow, bad], [bad]), 2)).toBeNull();
  });

  test('nothing where the texts are used up', () => {
    const files = [candidate([good, good]), candidate([like(0.1), like(0.1)])];
    expect(nextStep(files, 1)).toBeNull();
    expect(nextStep(files, 2)).toEqual({ file: 0, stage: 2 });
  });
});

describe('between files that perplexity does not tell apart', () => {
  const both = { leader: 1, contenders: [0, 1] };
  /** Experts that the files keep. */
  const alike = [16, 16, 16];
  /** In the domain: perplexities alike from unit to unit, and as many nats of divergence. */
  const far = (divergence: (unit: number) => number, more = 0): StageSums =>
    units(12, (unit) => (unit % 2 === 0 ? more : -more)).map(({ tokens, nll }) => ({
      tokens,
      nll,
      kl: Float64Array.from(tokens, (count, unit) => count * divergence(unit)),
    }));
  const wavering = (mean: number, by: number) => far((unit) => mean + (unit % 2 === 0 ? by : -by));
  const outside = [text(2), text(3), text(1)];

  test('the one that is nearest to the source model is taken, also where chance may explain it', () => {
    expect(bestOf(both, alike, [wavering(0.03, 0.02), wavering(0.035, 0)], outside)).toBe(0);
    expect(bestOf(both, alike, [wavering(0.05, 0.02), wavering(0.035, 0)], [text(1), text(2)])).toBe(1);
    // out of the running, however near
    expect(bestOf(both, alike, [wavering(0.05, 0.02), wavering(0.035, 0), wavering(0.001, 0)], outside)).toBe(1);
  });

  test('of those that are as near as that one, the one that loses least outside', () => {
    const near = [wavering(0.031, 0.002), wavering(0.03, 0)];
    expect(bestOf(both, alike, near, outside)).toBe(0);
    expect(bestOf(both, alike, near, [text(3), text(2)])).toBe(1);
  });

  test('in a tie, within the standard error of the nearest one, the one with more experts', () => {
    // twelve units that waver by 0.006 up and down: a standard error of 0.006 / sqrt(12) = 0.0017
    const nearest = far((unit) => 0.03 + (unit % 2 === 0 ? 0.006 : -0.006));
    const further = (by: number) => far((unit) => 0.03 + by + (unit % 2 === 0 ? 0.006 : -0.006));
    const more = [20, 16];
    expect(bestOf(both, more, [further(0.0015), nearest], [null, null])).toBe(0);
    expect(bestOf(both, more, [further(0.002), nearest], [null, null])).toBe(1);
    expect(bestOf(both, [16, 20], [further(0.0015), nearest], [null, null])).toBe(1);
    expect(bestOf({ leader: 1, contenders: [1] }, more, [further(0.0015), nearest], [null, null])).toBe(1);
    // within the standard error, but the difference may be more than 1 %
    const wild = far((unit) => 0.06 + (unit % 2 === 0 ? 0.05 : -0.05));
    expect(bestOf(both, more, [far((unit) => 0.065 + (unit % 2 === 0 ? -0.05 : 0.05)), wild], [null, null])).toBe(1);
  });

  test('a difference over several texts may be below 0', () => {
    const { value, low, high } = divergenceOver(
      [...far(() => 0.03), ...far(() => 0.04)],
      [...far(() => 0.05), ...far(() => 0.05)],
    )!;
    for (const end of [value, low, high]) expect(end).toBeCloseTo(-0.015, 10);
  });

  test('one that may be further away, or worse, by more than what counts as equal takes no precedence', () => {
    expect(bestOf(both, alike, [wavering(0.032, 0.03), wavering(0.03, 0)], outside)).toBe(1);
    // as near, but its perplexity scatters
    expect(bestOf(both, alike, [far((unit) => 0.031 + (unit % 2) / 250 - 0.002, 0.05), far(() => 0.03)], outside)).toBe(
      1,
    );
    // measurably further away, by little
    expect(bestOf(both, alike, [wavering(0.032, 0), wavering(0.03, 0)], outside)).toBe(1);
  });

  test('without figures from outside the nearest is', () => {
    const near = [wavering(0.031, 0.002), wavering(0.03, 0)];
    expect(bestOf(both, alike, near, [null, text(3)])).toBe(1);
    expect(bestOf(both, alike, near, [[], []])).toBe(1);
  });

  test('without divergences the leader is', () => {
    expect(bestOf(both, alike, [units(12, () => 0), units(12, () => 0)], outside)).toBe(1);
    expect(bestOf(both, alike, [null, null], outside)).toBe(1);
  });
});

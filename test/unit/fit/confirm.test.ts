// What the half of the text that a search has not seen says of what it found.
import { expect, test } from 'vitest';
import { EQUAL_BELOW } from '../../../electron/contract/fit.ts';
import type { Interval } from '../../../electron/contract/interval.ts';
import type { Figures } from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import { ownFigures } from '../../../electron/engine/measure/evaluation/figures.ts';
import { moreTokens } from '../../../electron/engine/measure/fit/judge.ts';
import { confirmation, type ConfirmedFile } from '../../../electron/engine/measure/fit/prove.ts';

const UNITS = 24;
const TOKENS = 10;

/** Nats of one token of each unit, the same for all of the unit's. */
function figures(natsOf: (unit: number) => number): Figures {
  const units = Array.from({ length: UNITS }, (_, unit) => unit);
  const each = units.flatMap((unit) => Array.from({ length: TOKENS }, () => natsOf(unit)));
  const unitOf = Uint32Array.from(units.flatMap((unit) => Array.from({ length: TOKENS }, () => unit)));
  const none = { ratio: null, klMean: null, klP99: null, top1: null };
  return {
    figures: { ...ownFigures(Float32Array.from(each), { unit: 'chunk', unitOf }), ctx: 20, chunks: UNITS, ...none },
    sums: {
      tokens: new Uint32Array(UNITS).fill(TOKENS),
      nll: Float64Array.from(units, (unit) => TOKENS * natsOf(unit)),
      kl: null,
    },
  };
}

const varied = (unit: number): number => 2 + (unit % 5) / 10;
const base: ConfirmedFile = { file: 1, inside: [figures(varied)], outside: [] };
/** Worse than `base` by a factor, with as much noise. */
const other = (loss: number, noise: number): ConfirmedFile => ({
  file: 2,
  inside: [figures((unit) => varied(unit) + Math.log(loss) + (unit % 2 === 0 ? noise : -noise))],
  outside: [],
});

test('the winner stays the best where its rival is worse, or where nobody can tell', () => {
  const worse = confirmation(base, other(1.05, 0.001));
  expect(worse).toMatchObject({ best: 1, contradicts: false, moreTokens: null, over: { file: 2, outside: null } });
  expect(worse.over!.inside.value).toBeCloseTo(1.05, 6);
  expect(worse.tokens).toBe(UNITS * TOKENS);
  expect([...worse.confirmed.keys()]).toEqual([1, 2]);
  // the rival looks better, but by less than its noise
  expect(confirmation(base, other(0.999, 0.2))).toMatchObject({ best: 1, contradicts: false });
});

test('a rival that is measurably better is the best file, and stands beside what the search had found', () => {
  const found = confirmation(base, other(0.95, 0.001));
  expect(found).toMatchObject({ best: 2, contradicts: true, over: { file: 1 } });
  expect(found.over!.inside.value).toBeCloseTo(1 / 0.95, 6);
  expect(found.perplexity).toBeCloseTo(other(0.95, 0.001).inside[0]!.figures.perplexity.value, 6);
});

test('without a rival the figures are the winner’s', () => {
  expect(confirmation(base, null)).toMatchObject({ best: 1, contradicts: false, over: null, moreTokens: null });
});

const over = (value: number, half: number): Interval => ({
  value,
  standardError: null,
  low: value * Math.exp(-half),
  high: value * Math.exp(half),
});

test('as much text decides as makes the interval so narrow', () => {
  const read = 5000;
  for (const [value, half] of [
    [1.02, 0.06],
    [0.97, 0.09],
    [1.001, 0.03],
    [1.005, 0.02],
  ] as const) {
    const more = moreTokens(over(value, half), read)!;
    // both halves grow; the width goes with the root of the tokens
    const narrowed = half * Math.sqrt(read / (read + more / 2));
    const away = Math.abs(Math.log(value));
    const decides = narrowed <= away || away + narrowed <= Math.log(EQUAL_BELOW);
    expect(decides, `${value} ± ${half}`).toBe(true);
    // not much more than is needed: two digits, upwards
    const less = half * Math.sqrt(read / (read + (0.8 * more) / 2));
    expect(less <= away || away + less <= Math.log(EQUAL_BELOW), `${value} ± ${half}`).toBe(false);
    expect(String(more)).toMatch(/^\d{1,2}0*$/);
  }
});

test('nothing more is needed where it is decided, and nobody knows where a single unit was measured', () => {
  expect(moreTokens(over(1.05, 0.01), 1000)).toBeNull();
  expect(moreTokens(over(0.9, 0.01), 1000)).toBeNull();
  expect(moreTokens(over(1.001, 0.005), 1000)).toBeNull();
  expect(moreTokens({ value: 1.2, standardError: null, low: null, high: null }, 1000)).toBeNull();
});

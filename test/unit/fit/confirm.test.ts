// What the half of the text that a search has not seen says of what it found.
import { expect, test } from 'vitest';
import type { Figures } from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import { ownFigures } from '../../../electron/engine/measure/evaluation/figures.ts';
import { confirmation } from '../../../electron/engine/measure/fit/prove.ts';

const UNITS = 24;
const TOKENS = 10;

/** Nats of one token of each unit, the same for all of the unit's. */
function figures(natsOf: (unit: number) => number): Figures {
  const units = Array.from({ length: UNITS }, (_, unit) => unit);
  const each = units.flatMap((unit) => Array.from({ length: TOKENS }, () => natsOf(unit)));
  const unitOf = Uint32Array.from(units.flatMap((unit) => Array.from({ length: TOKENS }, () => unit)));
  return {
    figures: ownFigures(Float32Array.from(each), { unit: 'chunk', unitOf }, { ctx: 20, chunks: UNITS }),
    sums: {
      tokens: new Uint32Array(UNITS).fill(TOKENS),
      nll: Float64Array.from(units, (unit) => TOKENS * natsOf(unit)),
      kl: null,
    },
  };
}

const varied = (unit: number): number => 2 + (unit % 5) / 10;
type ConfirmedFile = Parameters<typeof confirmation>[0];
const base: ConfirmedFile = { file: 1, inside: [figures(varied)], outside: [] };
/** Worse than `base` by a factor, with as much noise. */
const other = (loss: number, noise: number): ConfirmedFile => ({
  file: 2,
  inside: [figures((unit) => varied(unit) + Math.log(loss) + (unit % 2 === 0 ? noise : -noise))],
  outside: [],
});

test('the winner stays the best where its rival is worse, or where nobody can tell', () => {
  const worse = confirmation(base, other(1.05, 0.001));
  expect(worse).toMatchObject({ best: 1, contradicts: false, over: { file: 2, outside: null } });
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
  expect(confirmation(base, null)).toMatchObject({ best: 1, contradicts: false, over: null });
});

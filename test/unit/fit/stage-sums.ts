// Made-up measurements of files: what each loses, unit by unit.
import type { Figures } from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import { comparisonFigures, ownFigures } from '../../../electron/engine/measure/evaluation/figures.ts';
import type { StageSums } from '../../../electron/engine/measure/fit/judge.ts';

/** Tokens of each unit. */
export const TOKENS = 20;

type Lost = {
  /** Nats of divergence a token, by unit. */
  readonly kl: (unit: number) => number;
  /** Nats a token more than the source's, by unit; as many as `kl` if not given. */
  readonly nll?: (unit: number) => number;
  /** Share of the source's likeliest tokens, by unit. */
  readonly top1?: (unit: number) => number;
};

/** The source's own nats a token: some units are harder. */
const sourceNll = (unit: number): number => 2 + (unit % 5) / 10;

/** One text of so many units. */
export function stage(units: number, { kl, nll = kl, top1 = () => 0.9 }: Lost): StageSums {
  const each = (of: (unit: number) => number) => Float64Array.from({ length: units }, (_, unit) => TOKENS * of(unit));
  return [
    {
      tokens: new Uint32Array(units).fill(TOKENS),
      kl: each(kl),
      nll: each((unit) => sourceNll(unit) + nll(unit)),
      top1: each(top1),
      sourceNll: each(sourceNll),
    },
  ];
}

/** A measurement with these sums, all tokens of a unit alike. */
export function figuresOf([text]: StageSums): Figures {
  const { tokens, nll, kl, top1, sourceNll: source } = text!;
  const units = [...tokens.keys()];
  const unitOf = Uint32Array.from(units.flatMap((unit) => Array.from({ length: TOKENS }, () => unit)));
  const spread = (sums: Float64Array) => Float32Array.from(unitOf, (unit) => sums[unit]! / TOKENS);
  const sameTop = Uint8Array.from(unitOf, (unit, token) => Number(token % TOKENS < top1[unit]!));
  const grouping = { unit: 'chunk' as const, unitOf };
  return {
    figures: {
      ...ownFigures(spread(nll), grouping, { ctx: 2 * TOKENS, chunks: units.length }),
      ...comparisonFigures({ nll: spread(nll), kl: spread(kl), sameTop }, source, grouping),
    },
    sums: text!,
  };
}

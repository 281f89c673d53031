// Computes figures from the per-token values of an evaluation, each with its standard error and its interval over documents, or
// over chunks if the text is one document.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { Interval } from '../../../contract/interval.ts';
import { bootstrap, meanOver, quantileOver } from '../../base/statistics/bootstrap.ts';

/** Assigns each scored token to a unit. */
export type Grouping = {
  readonly unit: EvaluationFigures['unit'];
  /** `[scored tokens]`, ascending from 0 without gaps. */
  readonly unitOf: Uint32Array;
};

/** A model's values for the scored tokens, one per token: in nats, and 1 if the most likely token is the reference's. */
type TokenValues = { readonly nll: Float32Array; readonly kl: Float32Array; readonly sameTop: Uint8Array };

/** Figures against a reference. */
type ComparisonFigures = { readonly [Name in 'ratio' | 'klMean' | 'klP99' | 'top1']: Interval };

const P99 = 0.99;

/** The number of scored tokens of each unit. */
export function unitTokens({ unitOf }: Grouping): Uint32Array {
  const tokens = new Uint32Array((unitOf.at(-1) ?? -1) + 1);
  for (const unit of unitOf) tokens[unit]! += 1;
  return tokens;
}

/** The sum of the values of each unit. */
export function unitSums(values: ArrayLike<number>, { unitOf }: Grouping): Float64Array {
  const sums = new Float64Array((unitOf.at(-1) ?? -1) + 1);
  unitOf.forEach((unit, token) => (sums[unit]! += values[token]!));
  return sums;
}

/** How much of a text was read: tokens per chunk, and chunks. */
type Reading = { readonly ctx: number; readonly chunks: number };

/** A model's own figures, without a reference. @param nll nats of each scored token */
export function ownFigures(nll: Float32Array, grouping: Grouping, reading: Reading): EvaluationFigures {
  const tokens = unitTokens(grouping);
  const { mean } = bootstrap(tokens.length, { mean: meanOver(unitSums(nll, grouping), tokens) });
  return {
    perplexity: exponential(mean),
    nll: mean,
    tokens: nll.length,
    unit: grouping.unit,
    units: tokens.length,
    ...reading,
    ...{ ratio: null, klMean: null, klP99: null, top1: null },
  };
}

/**
 * A model's figures against a reference.
 * @param referenceSums the reference's nats for the same tokens, summed over each unit
 */
export function comparisonFigures(
  { nll, kl, sameTop }: TokenValues,
  referenceSums: Float64Array,
  grouping: Grouping,
): ComparisonFigures {
  const tokens = unitTokens(grouping);
  const { rise, klMean, klP99, top1 } = bootstrap(tokens.length, {
    rise: meanOver(subtract(unitSums(nll, grouping), referenceSums), tokens),
    klMean: meanOver(unitSums(kl, grouping), tokens),
    klP99: quantileOver(P99, kl, grouping.unitOf, tokens),
    top1: meanOver(unitSums(sameTop, grouping), tokens),
  });
  return { ratio: exponential(rise), klMean, klP99, top1 };
}

/**
 * The paired difference of two means over the same tokens: what makes a text hard for both models does not widen its interval.
 * @param sums values of the one, and `otherSums` of the other, summed over each unit
 * @param tokens number of tokens of each unit
 */
export function pairedDifference(sums: Float64Array, otherSums: Float64Array, tokens: Uint32Array): Interval {
  return bootstrap(tokens.length, { rise: meanOver(subtract(sums, otherSums), tokens) }).rise;
}

function subtract(sums: Float64Array, otherSums: Float64Array): Float64Array {
  return sums.map((sum, unit) => sum - otherSums[unit]!);
}

/** The interval of a value's exponential, with its error to first order: exp(x + d) = exp(x)·(1 + d). */
function exponential({ value, standardError, low, high }: Interval): Interval {
  return {
    value: Math.exp(value),
    standardError: standardError === null ? null : standardError * Math.exp(value),
    low: low === null ? null : Math.exp(low),
    high: high === null ? null : Math.exp(high),
  };
}

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

/** A model's values for the scored tokens, one per token. */
type TokenValues = {
  /** In nats. */
  readonly nll: Float32Array;
  /** Against the reference: KL divergence in nats, and 1 if the most likely token is the same. */
  readonly kl: Float32Array | null;
  readonly sameTop: Uint8Array | null;
};

/** Figures that need no reference. */
type OwnFigures = Pick<EvaluationFigures, 'perplexity' | 'nll' | 'tokens' | 'unit' | 'units'>;

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

/** A model's own figures. @param nll nats of each scored token */
export function ownFigures(nll: Float32Array, grouping: Grouping): OwnFigures {
  const tokens = unitTokens(grouping);
  const { mean } = bootstrap(tokens.length, { mean: meanOver(unitSums(nll, grouping), tokens) });
  return {
    perplexity: exponential(mean),
    nll: mean,
    tokens: nll.length,
    unit: grouping.unit,
    units: tokens.length,
  };
}

/**
 * A model's figures against a reference.
 * @param values values of the subject
 * @param referenceSums the reference's nats for the same tokens, summed over each unit
 */
export function comparisonFigures(
  { nll, kl, sameTop }: { readonly [Name in keyof TokenValues]: NonNullable<TokenValues[Name]> },
  referenceSums: Float64Array,
  grouping: Grouping,
): ComparisonFigures {
  const tokens = unitTokens(grouping);
  const rises = unitSums(nll, grouping).map((sum, unit) => sum - referenceSums[unit]!);
  const { rise, klMean, klP99, top1 } = bootstrap(tokens.length, {
    rise: meanOver(rises, tokens),
    klMean: meanOver(unitSums(kl, grouping), tokens),
    klP99: quantileOver(P99, kl, grouping.unitOf, tokens),
    top1: meanOver(unitSums(sameTop, grouping), tokens),
  });
  return { ratio: exponential(rise), klMean, klP99, top1 };
}

/**
 * The paired ratio of two perplexities on the same tokens: what makes a text hard for both models does not widen its interval.
 * @param sums nats of the one model, and `referenceSums` of the other, summed over each unit
 * @param tokens number of tokens of each unit
 */
export function pairedRatio(sums: Float64Array, referenceSums: Float64Array, tokens: Uint32Array): Interval {
  return exponential(pairedDifference(sums, referenceSums, tokens));
}

/**
 * The paired difference of two means over the same tokens.
 * @param sums values of the one, and `otherSums` of the other, summed over each unit
 * @param tokens number of tokens of each unit
 */
export function pairedDifference(sums: Float64Array, otherSums: Float64Array, tokens: Uint32Array): Interval {
  const rises = sums.map((sum, unit) => sum - otherSums[unit]!);
  return bootstrap(tokens.length, { rise: meanOver(rises, tokens) }).rise;
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

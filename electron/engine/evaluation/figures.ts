// Figures from the per-token values of an evaluation, each with its standard error and its interval over documents, or over
// chunks where the text is one document.
import { bootstrap, meanOver, quantileOver, type Estimate } from '../statistics/bootstrap.ts';

/** What is resampled. */
type Unit = 'document' | 'chunk';

/** Which unit each scored token belongs to. */
export type Grouping = {
  readonly unit: Unit;
  /** `[scored tokens]`, ascending from 0 without gaps. */
  readonly unitOf: Uint32Array;
};

/** What a model makes of the scored tokens, one value each. */
export type TokenValues = {
  /** In nats. */
  readonly nll: Float32Array;
  /** Against the reference: KL divergence in nats, and 1 where the likeliest token is the same. */
  readonly kl: Float32Array | null;
  readonly sameTop: Uint8Array | null;
};

/** Intervals are of 95 %. Errors and intervals are null where there is one unit only. */
export type EvaluationFigures = {
  readonly perplexity: number;
  readonly perplexityLow: number | null;
  readonly perplexityHigh: number | null;
  /** Mean negative log likelihood in nats, and its standard error. */
  readonly nll: number;
  readonly nllStderr: number | null;
  /** Scored tokens. */
  readonly tokens: number;
  readonly unit: Unit;
  /** How many of them have scored tokens. */
  readonly units: number;
};

export type ComparisonFigures = {
  /** Perplexity over the reference's, both of the same resamples: much closer than the two by themselves. */
  readonly perplexityRatio: number;
  readonly perplexityRatioStderr: number | null;
  readonly perplexityRatioLow: number | null;
  readonly perplexityRatioHigh: number | null;
  /** KL(reference || this) in nats. */
  readonly klMean: number;
  readonly klMeanStderr: number | null;
  readonly klMeanLow: number | null;
  readonly klMeanHigh: number | null;
  /** Value at the 99th percentile of the tokens. */
  readonly klP99: number;
  readonly klP99Stderr: number | null;
  readonly klP99Low: number | null;
  readonly klP99High: number | null;
  /** Share of tokens whose likeliest successor is the same. */
  readonly top1Agreement: number;
  readonly top1Stderr: number | null;
  readonly top1Low: number | null;
  readonly top1High: number | null;
};

const P99 = 0.99;

/** Units with at least one scored token, by the number of their tokens. */
export function unitTokens({ unitOf }: Grouping): Uint32Array {
  const tokens = new Uint32Array((unitOf.at(-1) ?? -1) + 1);
  for (const unit of unitOf) tokens[unit]! += 1;
  return tokens;
}

/** Each unit's sum. */
export function unitSums(values: ArrayLike<number>, { unitOf }: Grouping): Float64Array {
  const sums = new Float64Array((unitOf.at(-1) ?? -1) + 1);
  unitOf.forEach((unit, token) => (sums[unit]! += values[token]!));
  return sums;
}

/** @param nll nats for each scored token */
export function evaluationFigures(nll: Float32Array, grouping: Grouping): EvaluationFigures {
  const tokens = unitTokens(grouping);
  const { mean } = bootstrap(tokens.length, { mean: meanOver(unitSums(nll, grouping), tokens) });
  const { value, low, high } = exponential(mean);
  return {
    perplexity: value,
    perplexityLow: low,
    perplexityHigh: high,
    nll: mean.value,
    nllStderr: mean.error,
    tokens: nll.length,
    unit: grouping.unit,
    units: tokens.length,
  };
}

/**
 * @param values of the subject
 * @param referenceSums the reference's nats for the same tokens, added up over each unit
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
  const ratio = exponential(rise);
  return {
    perplexityRatio: ratio.value,
    perplexityRatioStderr: ratio.error,
    perplexityRatioLow: ratio.low,
    perplexityRatioHigh: ratio.high,
    klMean: klMean.value,
    klMeanStderr: klMean.error,
    klMeanLow: klMean.low,
    klMeanHigh: klMean.high,
    klP99: klP99.value,
    klP99Stderr: klP99.error,
    klP99Low: klP99.low,
    klP99High: klP99.high,
    top1Agreement: top1.value,
    top1Stderr: top1.error,
    top1Low: top1.low,
    top1High: top1.high,
  };
}

/** Standard error of a perplexity; null: not known. */
export function perplexityError(figures: Pick<EvaluationFigures, 'perplexity' | 'nllStderr'>): number | null {
  const { perplexity, nllStderr } = figures;
  return nllStderr === null ? null : perplexity * nllStderr;
}

/** Of a value's exponential; its error to first order: exp(x + d) = exp(x)·(1 + d). */
function exponential({ value, error, low, high }: Estimate): Estimate {
  return {
    value: Math.exp(value),
    error: error === null ? null : error * Math.exp(value),
    low: low === null ? null : Math.exp(low),
    high: high === null ? null : Math.exp(high),
  };
}

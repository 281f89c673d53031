// What a variant costs against the full model, over several texts as if they were one.
import type { ReportCost, ReportEstimate } from '../../contract/report-file.ts';
import type { StoredComparison } from '../evaluation/stored-comparison.ts';

type Result = StoredComparison['result'];

/** One text, measured with the full model and with the variant. */
export type MeasuredPair = { readonly full: Result; readonly variant: Result };

/** Standard errors to each side of a 95 % interval. */
const WIDTH = 1.96;

/**
 * Every token counts the same. Perplexities and their ratio are combined by their logarithms. The interval of one text is
 * its own; of several, their standard errors add up as of independent samples.
 * @param pairs at least one, all of one context length
 */
export function costOf(pairs: readonly MeasuredPair[]): ReportCost {
  const tokens = pairs.reduce((sum, { variant }) => sum + variant.tokens, 0);
  const combined = (estimates: readonly (Known | null)[], scale: Scale = LINEAR): ReportEstimate | null =>
    combine(
      estimates,
      pairs.map(({ variant }) => variant.tokens / tokens),
      scale,
    );
  const [ratio, perplexity, full] = [
    pairs.map(ratioOf),
    pairs.map(({ variant }) => perplexityOf(variant)),
    pairs.map((pair) => perplexityOf(pair.full)),
  ].map((estimates) => combined(estimates, LOGARITHMIC));
  if (!ratio || !perplexity || !full) throw new RangeError('a cost needs a text');
  return {
    texts: pairs.length,
    tokens,
    ctx: pairs[0]?.variant.ctx ?? 0,
    perplexity,
    full_perplexity: full,
    ratio,
    kl_mean: combined(pairs.map(({ variant }) => klMeanOf(variant))),
    kl_p99: rangeOf(
      pairs.map(({ variant }) => klP99Of(variant)),
      combined,
    ),
    top1: combined(
      pairs.map(({ variant }) => top1Of(variant)),
      SHARE,
    ),
  };
}

/** A figure of one text; `error`: its standard error. Null: not known. */
type Known = ReportEstimate & { readonly error: number | null };

/** Perplexity with its interval; the standard error is that of the mean log-likelihood, times the value (delta method). */
export function perplexityOf({ perplexity, perplexityLow, perplexityHigh, nllStderr }: Result): Known {
  return known(
    perplexity,
    perplexityLow,
    perplexityHigh,
    nllStderr === null ? null : perplexity * nllStderr,
    LOGARITHMIC,
  );
}

/** @returns null: not measured */
export function klMeanOf({ klMean, klMeanLow, klMeanHigh, klMeanStderr }: Result): Known | null {
  return klMean === undefined ? null : known(klMean, klMeanLow, klMeanHigh, klMeanStderr);
}

/** @returns null: not measured */
export function klP99Of({ klP99, klP99Low, klP99High, klP99Stderr }: Result): Known | null {
  return klP99 === undefined ? null : known(klP99, klP99Low, klP99High, klP99Stderr);
}

/** @returns null: not measured */
export function top1Of({ top1Agreement, top1Low, top1High, top1Stderr }: Result): Known | null {
  return top1Agreement === undefined ? null : known(top1Agreement, top1Low, top1High, top1Stderr, SHARE);
}

/** Of the perplexities. What was not measured together has the wider interval of two independent figures. */
export function ratioOf({ full, variant }: MeasuredPair): Known {
  const { perplexityRatio, perplexityRatioLow, perplexityRatioHigh, perplexityRatioStderr } = variant;
  if (perplexityRatio !== undefined) {
    return known(perplexityRatio, perplexityRatioLow, perplexityRatioHigh, perplexityRatioStderr, LOGARITHMIC);
  }
  const value = variant.perplexity / full.perplexity;
  const errors = [variant.nllStderr, full.nllStderr];
  const error = errors.includes(null) ? null : value * Math.hypot(...errors.map(Number));
  return known(value, undefined, undefined, error, LOGARITHMIC);
}

/** How a figure is averaged: as it is, or by its logarithm. `slope`: of `to` at the figure. */
type Scale = {
  readonly to: (value: number) => number;
  readonly from: (scaled: number) => number;
  readonly slope: (value: number) => number;
};
const LINEAR: Scale = { to: (x) => x, from: (x) => x, slope: () => 1 };
const SHARE: Scale = { ...LINEAR, from: (x) => Math.min(1, Math.max(0, x)) };
const LOGARITHMIC: Scale = { to: Math.log, from: Math.exp, slope: (x) => 1 / x };

/** Measurements before intervals were stored have standard errors only. */
function known(
  value: number,
  low: number | null | undefined,
  high: number | null | undefined,
  error: number | null | undefined,
  scale: Scale = LINEAR,
): Known {
  if (low !== undefined && high !== undefined) return { value, low, high, error: error ?? null };
  return { ...around(scale.to(value), (error ?? NaN) * scale.slope(value), scale), value, error: error ?? null };
}

function around(scaled: number, error: number, { from }: Scale): ReportEstimate {
  const end = (sign: number): number | null => (Number.isNaN(error) ? null : from(scaled + sign * WIDTH * error));
  return { value: from(scaled), low: end(-1), high: end(1) };
}

/** @returns null where a text has no such figure */
function combine(
  estimates: readonly (Known | null)[],
  weights: readonly number[],
  scale: Scale,
): ReportEstimate | null {
  const all = estimates.filter((estimate) => estimate !== null);
  const [single] = all;
  if (!single || all.length < estimates.length) return null;
  if (all.length === 1) return { value: single.value, low: single.low, high: single.high };
  const mean = all.reduce((sum, { value }, i) => sum + (weights[i] ?? 0) * scale.to(value), 0);
  const errors = all.map(({ value, error }, i) => (weights[i] ?? 0) * (error ?? NaN) * scale.slope(value));
  return around(mean, Math.hypot(...errors), scale);
}

/** Of several texts, the range of their values in place of an interval. */
function rangeOf(
  estimates: readonly (Known | null)[],
  combined: (estimates: readonly (Known | null)[]) => ReportEstimate | null,
): ReportEstimate | null {
  const all = combined(estimates);
  if (!all || estimates.length === 1) return all;
  const values = estimates.flatMap((estimate) => estimate?.value ?? []);
  return { value: all.value, low: Math.min(...values), high: Math.max(...values) };
}

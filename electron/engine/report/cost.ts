// What a variant costs against the full model, over several texts as if they were one.
import type { Interval } from '../../contract/interval.ts';
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
  const combined = (estimates: readonly (Interval | null)[], scale: Scale = LINEAR): ReportEstimate | null =>
    combine(
      estimates,
      pairs.map(({ variant }) => variant.tokens / tokens),
      scale,
    );
  const [ratio, perplexity, full] = [
    pairs.map(ratioOf),
    pairs.map(({ variant }) => variant.perplexity),
    pairs.map((pair) => pair.full.perplexity),
  ].map((estimates) => combined(estimates, LOGARITHMIC));
  if (!ratio || !perplexity || !full) throw new RangeError('a cost needs a text');
  return {
    texts: pairs.length,
    tokens,
    ctx: pairs[0]?.variant.ctx ?? 0,
    perplexity,
    full_perplexity: full,
    ratio,
    kl_mean: combined(pairs.map(({ variant }) => variant.klMean)),
    kl_p99: rangeOf(
      pairs.map(({ variant }) => variant.klP99),
      combined,
    ),
    top1: combined(
      pairs.map(({ variant }) => variant.top1),
      SHARE,
    ),
  };
}

/** Of the perplexities. What was not measured together has the wider interval of two independent figures. */
export function ratioOf({ full, variant }: MeasuredPair): Interval {
  if (variant.ratio !== null) return variant.ratio;
  const value = variant.perplexity.value / full.perplexity.value;
  const errors = [variant.nll.standardError, full.nll.standardError];
  if (errors.includes(null)) return { value, standardError: null, low: null, high: null };
  const error = Math.hypot(...errors.map(Number));
  return { ...around(Math.log(value), error, LOGARITHMIC), value, standardError: value * error };
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

function around(scaled: number, error: number, { from }: Scale): ReportEstimate {
  const end = (sign: number): number | null => (Number.isNaN(error) ? null : from(scaled + sign * WIDTH * error));
  return { value: from(scaled), low: end(-1), high: end(1) };
}

/** @returns null where a text has no such figure */
function combine(
  estimates: readonly (Interval | null)[],
  weights: readonly number[],
  scale: Scale,
): ReportEstimate | null {
  const all = estimates.filter((estimate) => estimate !== null);
  const [single] = all;
  if (!single || all.length < estimates.length) return null;
  if (all.length === 1) return { value: single.value, low: single.low, high: single.high };
  const mean = all.reduce((sum, { value }, i) => sum + (weights[i] ?? 0) * scale.to(value), 0);
  const errors = all.map(
    ({ value, standardError }, i) => (weights[i] ?? 0) * (standardError ?? NaN) * scale.slope(value),
  );
  return around(mean, Math.hypot(...errors), scale);
}

/** Of several texts, the range of their values in place of an interval. */
function rangeOf(
  estimates: readonly (Interval | null)[],
  combined: (estimates: readonly (Interval | null)[]) => ReportEstimate | null,
): ReportEstimate | null {
  const all = combined(estimates);
  if (!all || estimates.length === 1) return all;
  const values = estimates.flatMap((estimate) => estimate?.value ?? []);
  return { value: all.value, low: Math.min(...values), high: Math.max(...values) };
}

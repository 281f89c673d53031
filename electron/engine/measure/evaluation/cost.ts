// Computes what a variant costs against the full model, over several texts as if they were one.
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import type { ReportCost } from '../../../contract/report-file.ts';
import { combineTexts, intervalAround, type TextMeasure } from '../../../contract/several-texts.ts';
import type { StoredComparison } from './figure-ledger.ts';

type Result = StoredComparison['result'];

/** One text, measured with the full model and with the variant. */
type MeasuredPair = { readonly full: Result; readonly variant: Result };

/**
 * The cost over all pairs.
 * @param pairs at least one, all with the same context length
 * @throws RangeError: there is no pair
 */
export function costOf(pairs: readonly MeasuredPair[]): ReportCost {
  const combined = (measure: TextMeasure, of: (pair: MeasuredPair) => Interval | null): PublishedInterval | null => {
    const texts = pairs.map((pair) => ({ interval: of(pair), tokens: pair.variant.tokens }));
    const figure = combineTexts(measure, texts);
    return figure && { value: figure.value, low: figure.low, high: figure.high };
  };
  const ratio = combined('ratio', ratioOf);
  const perplexity = combined('perplexity', ({ variant }) => variant.perplexity);
  const full = combined('perplexity', (pair) => pair.full.perplexity);
  if (!ratio || !perplexity || !full) throw new RangeError('a cost needs a text');
  return {
    texts: pairs.length,
    tokens: pairs.reduce((sum, { variant }) => sum + variant.tokens, 0),
    ctx: pairs[0]?.variant.ctx ?? 0,
    perplexity,
    full_perplexity: full,
    ratio,
    kl_mean: combined('klMean', ({ variant }) => variant.klMean),
    kl_p99: combined('klP99', ({ variant }) => variant.klP99),
    top1: combined('top1', ({ variant }) => variant.top1),
  };
}

/** The ratio of the perplexities. If they were not measured together, it has the wider interval of two independent figures. */
export function ratioOf({ full, variant }: MeasuredPair): Interval {
  if (variant.ratio !== null) return variant.ratio;
  const value = variant.perplexity.value / full.perplexity.value;
  const errors = [variant.nll.standardError, full.nll.standardError];
  if (errors.includes(null)) return { value, standardError: null, low: null, high: null };
  return intervalAround('ratio', value, value * Math.hypot(...errors.map(Number)));
}

// How `winnow eval` prints figures, as text and as JSON.
import type { EvaluationFigures, EvaluationOutcome } from '../contract/api/evaluations.ts';
import type { Interval } from '../contract/interval.ts';
import { inEnglish } from '../contract/sentences.ts';
import { LEVEL } from '../engine/base/statistics/bootstrap.ts';

/** Intervals are rough with fewer units. */
const FEW_UNITS = 10;

/** Returns the figures of one model on one text under the names of `eval --json`; those against a full model only if there is one. */
export function evaluationDocument({ figures, full, warnings }: EvaluationOutcome): object {
  const { perplexity, nll, ratio, klMean, klP99, top1, tokens, ctx, chunks, unit, units } = figures;
  return {
    ...fields('perplexity', perplexity),
    nll: nll.value,
    nll_stderr: nll.standardError,
    tokens,
    ctx,
    chunks,
    unit,
    units,
    warnings: warnings.map(inEnglish),
    ...fields('full_perplexity', full?.perplexity ?? null),
    ...fields('perplexity_ratio', ratio),
    ...fields('kl_mean', klMean),
    ...fields('kl_p99', klP99),
    ...fields('top1_agreement', top1),
  };
}

/** The published names and values of a figure and the ends of its interval. */
function fields(name: string, figure: Interval | null): Readonly<Record<string, number | null>> {
  if (figure === null) return {};
  const { value, low, high } = figure;
  return { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high };
}

/** Returns the same as lines for people, each figure with its 95 % interval if it has one. */
export function evaluationText({ figures, full, isFullModel }: EvaluationOutcome): string {
  const other = isFullModel ? 'full model' : 'other file';
  const { perplexity, ratio, klMean, klP99, top1, tokens, chunks, ctx } = figures;
  const decimals = (digits: number) => (value: number) => value.toFixed(digits).replace(/^-(0\.0*)$/, '$1');
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const lines = [
    line('perplexity', perplexity, decimals(4)),
    ...(full ? [line(`  ${other}`, full.perplexity, decimals(4))] : []),
    ...(ratio === null || klMean === null || klP99 === null || top1 === null
      ? []
      : [
          line(`  × ${other}`, ratio, decimals(4)),
          line('KL divergence', klMean, decimals(5)),
          line('  99th percentile', klP99, decimals(4)),
          line('top-1 agreement', top1, percent),
        ]),
    '',
    `${tokens} scored tokens in ${chunks} chunks of ${ctx}. ${aboutIntervals(figures)}`,
  ];
  return lines.join('\n');
}

function line(name: string, { value, low, high }: Interval, format: (value: number) => string): string {
  const interval = low === null || high === null ? '' : `  (${format(low)} to ${format(high)})`;
  return `${name.padEnd(18)} ${format(value)}${interval}`;
}

function aboutIntervals({ unit, units }: EvaluationFigures): string {
  if (units < 2) return `A single ${unit} has no interval: measure on more text.`;
  const few = units < FEW_UNITS ? ': few, so take the intervals as rough' : '';
  return `In brackets: ${100 * LEVEL} % intervals over ${units} ${unit}s${few}.`;
}

// What `winnow eval` prints of figures, as text and as JSON.
import type { EvaluationResult } from '../engine/evaluation/measure-text.ts';
import { LEVEL } from '../engine/statistics/bootstrap.ts';

/** Fewer units make rough intervals. */
const FEW_UNITS = 10;

/** Figures of one model on one text as `eval --json` names them; those against a full model only where there is one. */
export function evaluationDocument(result: EvaluationResult): object {
  return {
    perplexity: result.perplexity,
    perplexity_low: result.perplexityLow,
    perplexity_high: result.perplexityHigh,
    nll: result.nll,
    nll_stderr: result.nllStderr,
    tokens: result.tokens,
    ctx: result.ctx,
    chunks: result.chunks,
    unit: result.unit,
    units: result.units,
    ...(result.klMean === undefined
      ? {}
      : {
          perplexity_ratio: result.perplexityRatio,
          perplexity_ratio_low: result.perplexityRatioLow,
          perplexity_ratio_high: result.perplexityRatioHigh,
          kl_mean: result.klMean,
          kl_mean_low: result.klMeanLow,
          kl_mean_high: result.klMeanHigh,
          kl_p99: result.klP99,
          kl_p99_low: result.klP99Low,
          kl_p99_high: result.klP99High,
          top1_agreement: result.top1Agreement,
          top1_agreement_low: result.top1Low,
          top1_agreement_high: result.top1High,
        }),
  };
}

/** The same as lines for people, each figure with its 95 % interval where it has one. */
export function evaluationText(result: EvaluationResult): string {
  const { perplexity, perplexityRatio, klMean, klP99, top1Agreement, tokens, chunks, ctx } = result;
  const decimals = (digits: number) => (value: number) => value.toFixed(digits).replace(/^-(0\.0*)$/, '$1');
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const lines = [
    line('perplexity', perplexity, result.perplexityLow, result.perplexityHigh, decimals(4)),
    ...(perplexityRatio === undefined || klMean === undefined || klP99 === undefined || top1Agreement === undefined
      ? []
      : [
          line('  × full model', perplexityRatio, result.perplexityRatioLow, result.perplexityRatioHigh, decimals(4)),
          line('KL divergence', klMean, result.klMeanLow, result.klMeanHigh, decimals(5)),
          line('  99th percentile', klP99, result.klP99Low, result.klP99High, decimals(4)),
          line('top-1 agreement', top1Agreement, result.top1Low, result.top1High, percent),
        ]),
    '',
    `${tokens} scored tokens in ${chunks} chunks of ${ctx}. ${aboutIntervals(result)}`,
  ];
  return lines.join('\n');
}

function line(
  name: string,
  value: number,
  low: number | null | undefined,
  high: number | null | undefined,
  format: (value: number) => string,
): string {
  const interval = typeof low !== 'number' || typeof high !== 'number' ? '' : `  (${format(low)} to ${format(high)})`;
  return `${name.padEnd(18)} ${format(value)}${interval}`;
}

function aboutIntervals({ unit, units }: EvaluationResult): string {
  if (units < 2) return `A single ${unit} has no interval: measure on more text.`;
  const few = units < FEW_UNITS ? ': few, so take the intervals as rough' : '';
  return `In brackets: ${100 * LEVEL} % intervals over ${units} ${unit}s${few}.`;
}

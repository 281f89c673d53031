// Figures as they are stored in the database now, and as older versions stored them.
import { z } from 'zod';
import { evaluationFiguresSchema, type EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { Interval } from '../../../contract/interval.ts';

const spread = z.number().nullable().default(null);

const firstColumns = z.object({
  perplexity: z.number(),
  nll: z.number(),
  tokens: z.int(),
  ctx: z.int(),
  chunks: z.int(),
  klMean: z.number().exactOptional(),
  klP99: z.number().exactOptional(),
  top1Agreement: z.number().exactOptional(),
});

/** A format in which each end of an interval, and its error, was a separate field. */
const flatSchema = firstColumns
  .extend({
    unit: z.enum(['document', 'chunk']),
    units: z.int(),
    perplexityLow: spread,
    perplexityHigh: spread,
    nllStderr: spread,
    perplexityRatio: z.number().exactOptional(),
    perplexityRatioStderr: spread,
    perplexityRatioLow: spread,
    perplexityRatioHigh: spread,
    klMeanStderr: spread,
    klMeanLow: spread,
    klMeanHigh: spread,
    klP99Stderr: spread,
    klP99Low: spread,
    klP99High: spread,
    top1Stderr: spread,
    top1Low: spread,
    top1High: spread,
  })
  .transform(({ tokens, unit, units, ctx, chunks, ...row }): EvaluationFigures => {
    const { perplexity, nll, nllStderr } = row;
    const [low, high] = [row.perplexityLow, row.perplexityHigh];
    return {
      tokens,
      unit,
      units,
      ctx,
      chunks,
      perplexity: { value: perplexity, standardError: nllStderr === null ? null : perplexity * nllStderr, low, high },
      nll: { value: nll, standardError: nllStderr, low: low && Math.log(low), high: high && Math.log(high) },
      ratio: interval(row.perplexityRatio, row.perplexityRatioStderr, row.perplexityRatioLow, row.perplexityRatioHigh),
      klMean: interval(row.klMean, row.klMeanStderr, row.klMeanLow, row.klMeanHigh),
      klP99: interval(row.klP99, row.klP99Stderr, row.klP99Low, row.klP99High),
      top1: interval(row.top1Agreement, row.top1Stderr, row.top1Low, row.top1High),
    };
  });

/** The first version treated tokens as independent: its errors were too small, and are left out. */
const firstSchema = firstColumns
  .transform((row): z.input<typeof flatSchema> => ({ ...row, unit: 'chunk', units: row.chunks }))
  .pipe(flatSchema);

export const storedFiguresSchema: z.ZodType<EvaluationFigures> = z.union([
  evaluationFiguresSchema,
  flatSchema,
  firstSchema,
]);

/** Builds an interval from separate fields. @returns null: not measured */
function interval(
  value: number | undefined,
  standardError: number | null,
  low: number | null,
  high: number | null,
): Interval | null {
  return value === undefined ? null : { value, standardError, low, high };
}

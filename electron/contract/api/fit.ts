// The best file for a memory budget: what would be compared, and what came of it.
import { z } from 'zod';
import { fitPlanSchema, fitResultSchema } from '../fit.ts';
import { quantiseOptionsSchema, quantTypeSchema } from '../quantise.ts';
import { groupingSchema, superExpertsSchema } from '../requests.ts';
import { tokenChoiceSchema } from '../token-classes.ts';
import { jobIdSchema, rowIdSchema } from './common.ts';
import { criterionSchema } from './runs.ts';
import { selectionRequestSchema } from './selections.ts';

const fitParamsSchema = z.object({
  /** Its model, and the demos of its domain as they are now. */
  runId: rowIdSchema,
  criterion: criterionSchema,
  tokens: tokenChoiceSchema.exactOptional(),
  superExperts: superExpertsSchema.exactOptional(),
  grouping: groupingSchema,
  /** Memory for the weights, the cache of a conversation of `ctx` tokens, and the compute buffers. */
  budgetBytes: z.int().positive(),
  ctx: z.int().positive(),
  /** To consider beside the source's own; null: the usual ones below it. */
  types: z.array(quantTypeSchema).min(1).nullable(),
  /** Counts of experts that a token passes, to consider; null: the model's own alone. */
  activeExperts: z.array(z.int().positive()).min(1).nullable(),
  /** Quantise weights that are quantised already. */
  requantise: z.boolean(),
  /** Demos that were not scored, which the best files answer in the end; null: none. */
  answers: z.int().positive().nullable(),
  /** What is best by then is taken; null: until it is certain, or the texts are used up. */
  timeLimitSeconds: z.number().positive().nullable(),
});
export type FitParams = Readonly<z.infer<typeof fitParamsSchema>>;

/** What a finished search found, and how to make it. */
const foundFitSchema = z.object({
  jobId: rowIdSchema,
  finishedMs: z.number(),
  /** Whose scores and importance matrix its files are made by; null: it was deleted. */
  runId: rowIdSchema.nullable(),
  requantise: z.boolean(),
  /** Demos that it was to answer; null: none. */
  answers: z.int().positive().nullable(),
  /** The best file's experts; null: it has all of them, or the run was deleted. */
  selection: selectionRequestSchema.nullable(),
  /** How the best file is quantised; null: it is not. */
  quantise: quantiseOptionsSchema.nullable(),
  /** That the best file would have. */
  fileName: z.string(),
  result: fitResultSchema,
});
export type FoundFit = Readonly<z.infer<typeof foundFitSchema>>;

export const fitCalls = {
  /** Reads headers and texts, and counts tokens; nothing is computed. Cancellable. */
  'fit.plan': { params: fitParamsSchema, result: fitPlanSchema },
  'fit.start': { params: fitParamsSchema, result: jobIdSchema },
  /** The last search of the run's model and domain, however it ended, and what the last finished one found. */
  'fit.latest': {
    params: z.object({ runId: rowIdSchema }),
    result: z.object({ jobId: rowIdSchema.nullable(), found: foundFitSchema.nullable() }),
  },
} as const;

export const fitEvents = {
  /** A search was queued, began or ended. */
  fit: { payload: z.object({}), updates: null, outdates: ['fit.latest'] },
} as const;

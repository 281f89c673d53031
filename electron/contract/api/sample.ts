// The tour: the whole main job on the bundled sample.
import { z } from 'zod';
import { tourRequestSchema } from '../requests.ts';
import { grantIdSchema, jobIdSchema } from './common.ts';

const perplexitiesSchema = z.object({
  full: z.number(),
  preview: z.number(),
  pruned: z.number(),
  random: z.number(),
});
export type Perplexities = Readonly<z.infer<typeof perplexitiesSchema>>;

/** The outcome of `sample.tour`. */
export const tourOutcomeSchema = z.object({
  domain: z.string(),
  keep: z.int(),
  nExpert: z.int(),
  demos: z.int(),
  tokens: z.int(),
  scoring: z.object({ seconds: z.number(), reused: z.boolean() }),
  files: z.object({ full: z.string(), pruned: z.string() }),
  bytes: z.object({ full: z.number(), pruned: z.number() }),
  perplexity: z.object({
    inDomain: perplexitiesSchema,
    /** Arithmetic mean over the other domains. */
    outOfDomain: perplexitiesSchema,
    byDomain: z.record(z.string(), perplexitiesSchema),
  }),
});
export type TourOutcome = Readonly<z.infer<typeof tourOutcomeSchema>>;

export const sampleCalls = {
  /** Scores, chooses, prunes and measures the bundled sample. */
  'sample.tour': {
    params: tourRequestSchema.omit({ output: true, placement: true }).extend({
      /** null: the folder "out" in the folder of the command line. */
      target: grantIdSchema.nullable(),
    }),
    result: jobIdSchema,
  },
} as const;

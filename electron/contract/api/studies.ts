// Studies that compare ways to choose experts on the same scores and texts, and the tour: the whole main job on the bundled sample.
import { z } from 'zod';
import { CRITERIA } from '../criteria.ts';
import { compareRequestSchema } from '../requests.ts';
import { tokenChoiceSchema } from '../token-classes.ts';
import { asMade, grantIdSchema, jobIdSchema, modelRefSchema, rowIdSchema } from './common.ts';

const studyParamsSchema = compareRequestSchema
  .omit({ model: true, demos: true, texts: true, maxTokens: true, nUbatch: true, placement: true })
  .extend({
    model: modelRefSchema,
    /** What experts are chosen by: names of domains with their demo files. */
    demos: z.array(z.object({ domain: z.string().min(1), grants: z.array(grantIdSchema).min(1) })).min(1),
    /** The texts to measure the choices on. A text with a domain's name belongs to that domain, the others are outside it. */
    texts: z.array(z.object({ name: z.string().min(1), grant: grantIdSchema })),
  });
export type StudyParams = Readonly<z.infer<typeof studyParamsSchema>>;

const studyEstimateSchema = z.object({
  /** Passes over the demos of a domain. */
  passes: z.int(),
  /** Choices measured with masks on the model. */
  previews: z.int(),
  texts: z.int(),
  /** Most disk space in use: the full model's output for the texts. */
  scratchBytes: z.number(),
  /** Time that it takes if nothing of it is stored. */
  seconds: z.object({ low: z.number(), likely: z.number(), high: z.number() }),
});
export type StudyEstimate = Readonly<z.infer<typeof studyEstimateSchema>>;

/** The outcome of `studies.start`; study/run-compare.ts of the engine defines its measurements. */
export const studyOutcomeSchema = z.looseObject({
  criterion: z.enum(CRITERIA),
  tokens: z.array(tokenChoiceSchema),
  counts: z.array(z.int()),
  domains: z.array(z.object({ domain: z.string(), demos: z.int(), tokens: z.int(), runId: rowIdSchema })),
  rows: z.array(z.looseObject({ method: z.string(), keep: z.int(), text: z.string() })),
});

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

export const studiesCalls = {
  /** What `studies.start` would take, with warnings about the demos; computes nothing. Cancellable. */
  'studies.estimate': {
    params: studyParamsSchema,
    result: asMade(studyEstimateSchema.extend({ warned: z.array(z.string()) })),
  },
  'studies.start': { params: studyParamsSchema, result: jobIdSchema },
  /** Scores, chooses, prunes and measures the bundled sample. */
  'sample.tour': {
    params: z.object({
      domain: z.string(),
      /** A count or a share. */
      keep: z.string(),
      demos: z.int().positive(),
      /** Chunks of each text to measure. */
      chunks: z.int().positive(),
      /** null: the folder "out" in the folder of the command line. */
      target: grantIdSchema.nullable(),
    }),
    result: jobIdSchema,
  },
} as const;

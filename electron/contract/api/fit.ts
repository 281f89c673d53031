// The best file for a memory budget: what would be compared, and what came of it.
import { z } from 'zod';
import { fitFindingsSchema, fitPlanSchema } from '../fit.ts';
import { quantTypeSchema } from '../quantise.ts';
import { groupingSchema, nextnSchema, superExpertsSchema } from '../requests.ts';
import { tokenChoiceSchema } from '../token-classes.ts';
import {
  asMade,
  demoFilesSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  nothing,
  rowIdSchema,
} from './common.ts';
import { JOB_STATES } from './jobs.ts';
import { recordedCriterionSchema } from './runs.ts';
import { selectionRequestSchema } from './selections.ts';

const shared = z.object({
  /** null: that which loses least where it matters, measured. */
  criterion: recordedCriterionSchema.nullable(),
  tokens: tokenChoiceSchema.exactOptional(),
  superExperts: superExpertsSchema.exactOptional(),
  /** On models that route in groups; null: what loses less where it matters, measured. */
  grouping: groupingSchema.nullable(),
  /** Memory for the weights, the cache of a conversation of `ctx` tokens, and the compute buffers. */
  budgetBytes: z.int().positive(),
  ctx: z.int().positive(),
  /** Counts of experts that a token passes, to consider; null: the model's own alone. */
  activeExperts: z.array(z.int().positive()).min(1).nullable(),
  /** Quantise weights that are quantised already. */
  requantise: z.boolean(),
  /** Fit the experts' down matrices of each file to the model's own stream, where that is clearly better. Default: yes. */
  repair: z.boolean().optional(),
  /** Demos that were not scored, which the best files answer in the end; null: none. */
  answers: z.int().positive().nullable(),
  /** What is best by then is taken; null: until it is certain, or the texts are used up. */
  timeLimitSeconds: z.number().positive().nullable(),
  /** Where the best file goes; null: it is not written. */
  target: grantIdSchema.nullable(),
});

const ofDomainSchema = shared.extend({
  kind: z.literal('domain'),
  modelId: modelIdSchema,
  /** Whose demos it is to be good at, as they are now. */
  domainId: rowIdSchema,
  /** To consider beside the source's own; null: the usual ones below it. */
  types: z.array(quantTypeSchema).min(1).nullable(),
  /** The file's size becomes part of its name; where that is taken, a number follows. */
  sizesName: z.boolean().optional(),
});
export type FitOfDomain = Readonly<z.infer<typeof ofDomainSchema>>;

const ofFilesSchema = shared.extend({
  kind: z.literal('files'),
  model: modelRefSchema,
  demos: demoFilesSchema,
  /** Only the first so many demos. */
  limit: z.int().positive().optional(),
  /** The share of the demos, at their end, that is not scored, so that there is something to measure on. Default: as the request says. */
  holdBack: z.number().min(0).lt(1).optional(),
  /** To measure on; one with the domain's name is in that domain. */
  texts: z.array(z.object({ name: z.string().min(1), grant: grantIdSchema })),
  types: z.array(z.string()).nullable(),
  nextn: nextnSchema.exclude(['scored']).optional(),
  /** The file that the best one is compared with is written in its place. */
  takes: z.literal('other').optional(),
  /** The importance matrix to quantise by; null: of the demos, collected while they are scored. */
  imatrix: grantIdSchema.nullable(),
  overwrite: z.boolean(),
});
export type FitOfFiles = Readonly<z.infer<typeof ofFilesSchema>>;

const fitParamsSchema = z.discriminatedUnion('kind', [ofDomainSchema, ofFilesSchema]);

/** What a finished search found, and how to make it. */
const foundFitSchema = z.object({
  finishedMs: z.number(),
  requantise: z.boolean(),
  /** Demos that it was to answer; null: none. */
  answers: z.int().positive().nullable(),
  /** Whose scores and importance matrix its files are made by; null: it was deleted. */
  runId: rowIdSchema.nullable(),
  /** The best file's experts, or all of them; null: the run was deleted. */
  selection: selectionRequestSchema.nullable(),
  /** The best file, where it was written; null: it was not, or is the model itself. */
  file: z
    .object({
      displayPath: z.string(),
      exportId: rowIdSchema,
      /** In the library; null: it is not there any more. */
      modelId: modelIdSchema.nullable(),
      /** The choice of its experts; null: it was deleted, or an earlier version stored none for a file with all experts. */
      selectionId: rowIdSchema.nullable(),
    })
    .nullable(),
  result: fitFindingsSchema,
});
export type FoundFit = Readonly<z.infer<typeof foundFitSchema>>;

const fitSearchSchema = z.object({
  jobId: rowIdSchema,
  state: z.enum(JOB_STATES),
  createdMs: z.number(),
  /** null: it is not in the library any more. */
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  /** null: deleted. */
  domainId: rowIdSchema.nullable(),
  domain: z.string(),
  budgetBytes: z.number(),
  ctx: z.int(),
  /** Of one that has ended before another file is written. */
  writesAgain: z.boolean(),
  /** null: it has not ended well, or another version stored it. */
  found: foundFitSchema.nullable(),
});
export type FitSearch = Readonly<z.infer<typeof fitSearchSchema>>;

export const fitCalls = {
  /** Reads headers and texts, and counts tokens; nothing is computed. Cancellable. */
  'fit.plan': {
    params: fitParamsSchema,
    /** With what the user should know of the demos. */
    result: asMade(fitPlanSchema.extend({ warned: z.array(z.string()) })),
  },
  'fit.start': { params: fitParamsSchema, result: jobIdSchema },
  /** Writes the file that the found one of a finished search was compared with, or the search's own again: the same search again, of which nothing is measured twice. */
  'fit.takeOther': { params: z.object({ jobId: rowIdSchema, target: grantIdSchema }), result: jobIdSchema },
  /** Draws what a finished search compared (SVG). */
  'fit.writePicture': {
    params: z.object({ jobId: rowIdSchema, target: grantIdSchema }),
    result: nothing,
  },
  /** Searches that were asked for by domain, however they ended, the newest first. */
  'fit.list': { params: noParams, result: z.array(fitSearchSchema) },
} as const;

export const fitEvents = {
  /** A search was queued, began or ended. */
  fit: { payload: z.object({}), updates: null, outdates: ['fit.list'] },
} as const;

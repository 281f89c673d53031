// The search for the best file within a memory budget: what would be compared, and what was found.
import { z } from 'zod';
import { fitFindingsSchema, fitPlanSchema } from '../fit.ts';
import { quantTypeSchema } from '../quantise.ts';
import { groupingSchema, nextnSchema, superExpertsSchema } from '../requests.ts';
import {
  asMade,
  demoFilesSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  rowIdSchema,
} from './common.ts';
import { JOB_STATES } from './jobs.ts';
import { recordedCriterionSchema } from './runs.ts';
import { selectionRequestSchema } from './selections.ts';

const shared = z.object({
  /** null: the criterion that loses least in the domain, by measurement. */
  criterion: recordedCriterionSchema.nullable(),
  superExperts: superExpertsSchema.exactOptional(),
  /** For models that route in groups; null: the way that loses less in the domain, by measurement. */
  grouping: groupingSchema.nullable(),
  /** Memory for the weights, the KV cache of a conversation of `ctx` tokens, and the compute buffers. */
  budgetBytes: z.int().positive(),
  ctx: z.int().positive(),
  /** Quantise weights that are quantised already. */
  requantise: z.boolean(),
  /**
   * Fit the experts' down matrices of each file to the model's own residual stream; the result is kept where it is
   * clearly better. Default: yes.
   */
  repair: z.boolean().optional(),
  /** After this time, the file that is best so far is taken; null: the search goes on until it is certain or the texts are used up. */
  timeLimitSeconds: z.number().positive().nullable(),
  /** Where to write the best file; null: it is not written. */
  target: grantIdSchema.nullable(),
});

const ofDomainSchema = shared.extend({
  kind: z.literal('domain'),
  modelId: modelIdSchema,
  /** The domain whose demos, as they are now, the file should be good at. */
  domainId: rowIdSchema,
  /** Types to consider beside the source's own; null: the usual ones below it. */
  types: z.array(quantTypeSchema).min(1).nullable(),
  /** Adds the file's size to its name, and a number if that name is taken. */
  sizesName: z.boolean().optional(),
});
export type FitOfDomain = Readonly<z.infer<typeof ofDomainSchema>>;

const ofFilesSchema = shared.extend({
  kind: z.literal('files'),
  model: modelRefSchema,
  demos: demoFilesSchema,
  /** Use only this many demos, the first ones. */
  limit: z.int().positive().optional(),
  /** The share of the demos, at the end of the set, that is left unscored to measure on. Default: as in the request. */
  holdBack: z.number().min(0).lt(1).optional(),
  /** The texts to measure on; a text with the domain's name belongs to the domain. */
  texts: z.array(z.object({ name: z.string().min(1), grant: grantIdSchema })),
  types: z.array(z.string()).nullable(),
  nextn: nextnSchema.exclude(['scored']).optional(),
  /** The importance matrix to quantise by; null: one that is collected while the demos are scored. */
  imatrix: grantIdSchema.nullable(),
  overwrite: z.boolean(),
});
export type FitOfFiles = Readonly<z.infer<typeof ofFilesSchema>>;

const fitParamsSchema = z.discriminatedUnion('kind', [ofDomainSchema, ofFilesSchema]);

/** What a finished search found, and what it takes to make that file. */
const foundFitSchema = z.object({
  finishedMs: z.number(),
  requantise: z.boolean(),
  /** The run whose scores and importance matrix its files are made from; null: it was deleted. */
  runId: rowIdSchema.nullable(),
  /** The experts of the best file, possibly all; null: the run was deleted. */
  selection: selectionRequestSchema.nullable(),
  /** The best file as written; null: it was not written, or it is the model itself. */
  file: z
    .object({
      displayPath: z.string(),
      exportId: rowIdSchema,
      /** The file in the library; null: it is not there any more. */
      modelId: modelIdSchema.nullable(),
      /** The choice of its experts; null: it was deleted. */
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
  /** null: it was deleted. */
  domainId: rowIdSchema.nullable(),
  domain: z.string(),
  budgetBytes: z.number(),
  ctx: z.int(),
  /** null: it did not finish successfully, or another version stored it. */
  found: foundFitSchema.nullable(),
});
export type FitSearch = Readonly<z.infer<typeof fitSearchSchema>>;

export const fitCalls = {
  /** Reads headers and texts, and counts tokens; computes nothing. Cancellable. */
  'fit.plan': {
    params: fitParamsSchema,
    /** The plan, with warnings about the demos. */
    result: asMade(fitPlanSchema.extend({ warned: z.array(z.string()) })),
  },
  'fit.start': { params: fitParamsSchema, result: jobIdSchema },
  /** Writes the file that the best one of a finished search was compared with, and stores the choice of its experts. */
  'fit.takeOther': {
    params: z.object({ jobId: rowIdSchema, target: grantIdSchema, overwrite: z.boolean() }),
    result: jobIdSchema.extend({ selectionId: rowIdSchema }),
  },
  /** Searches that were started for a domain, no matter how they ended, the newest first. */
  'fit.list': { params: noParams, result: z.array(fitSearchSchema) },
} as const;

export const fitEvents = {
  /** A search was queued, began or ended. */
  fit: { payload: z.object({}), updates: null, outdates: ['fit.list'] },
} as const;

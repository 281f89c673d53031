// Checks of answers: what models write on prompts of a domain, and what is wrong with it.
import { z } from 'zod';
import { GENERATION_CHECKS } from '../generation-checks.ts';
import { boundedSchema } from '../interval.ts';
import { sentenceSchema } from '../sentences.ts';
import {
  asMade,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  rowIdSchema,
  selectionHashSchema,
  undoSchema,
} from './common.ts';
import { variantSchema } from './evaluations.ts';

/** Share of completions, 0 to 1. */
const rateSchema = boundedSchema.extend({
  /** Completions with this property. */
  hits: z.int(),
  /** Completions that could be judged; `prompts`: number of prompts. */
  judged: z.int(),
  prompts: z.int(),
});
export type GenerationRate = Readonly<z.infer<typeof rateSchema>>;

/** The variant's share minus the full model's, over the prompts that could be judged for both. */
const differenceSchema = boundedSchema.extend({
  prompts: z.int(),
  /** Prompts on which the variant's share is higher than the full model's, and lower. */
  higher: z.int(),
  lower: z.int(),
  /** p-value of the two-sided exact McNemar test; with several samples per prompt, of the exact sign test. */
  pValue: z.number(),
});
export type GenerationDifference = Readonly<z.infer<typeof differenceSchema>>;

/** What this number of prompts can show about loops: power of the test in `differenceSchema` at the 5 % level. */
const sensitivitySchema = z.object({
  prompts: z.int(),
  /** Share of looping completions to start from: the full model's, at most one half; a usual share if it never loops. */
  baseRate: z.number(),
  /** Probability of detecting twice that share. */
  powerForDouble: z.number(),
  /** The smallest share that is detected four times out of five; null: there is none. */
  detectableRate: z.number().nullable(),
  /** Prompts needed to detect twice the share four times out of five. */
  promptsForDouble: z.int(),
});
export type GenerationSensitivity = Readonly<z.infer<typeof sensitivitySchema>>;

const ratesSchema = z.object({
  loop: rateSchema.nullable(),
  truncated: rateSchema.nullable(),
  broken: rateSchema.nullable(),
  answer: rateSchema.nullable(),
});

const againstFullSchema = z.object({
  loop: differenceSchema.nullable(),
  truncated: differenceSchema.nullable(),
  broken: differenceSchema.nullable(),
  answer: differenceSchema.nullable(),
  /** Median over the prompts of the ratio of the completions' lengths in tokens, the variant's to the full model's. */
  lengthRatio: boundedSchema.extend({ prompts: z.int() }),
  /** Completions that match the full model's token for token. */
  identical: rateSchema,
  sensitivity: sensitivitySchema,
});

export const generationSamplingSchema = z.object({
  /** 0: greedy, the likeliest token each time. */
  temperature: z.number(),
  /** Completions per prompt; 1 for greedy ones. */
  samples: z.int(),
});
export type GenerationSampling = Readonly<z.infer<typeof generationSamplingSchema>>;

/** Figures derived from the completions. */
export const generationFiguresSchema = z.object({
  /** Median length of the completions. */
  medianTokens: z.number(),
  /** null: no completion could be judged, such as `answer` for prompts without one. */
  rates: ratesSchema,
  /** null: this is the full model. */
  againstFull: againstFullSchema.nullable(),
});
export type GenerationFigures = Readonly<z.infer<typeof generationFiguresSchema>>;

const generationSchema = generationFiguresSchema.extend({
  id: rowIdSchema,
  variant: variantSchema,
  /** A label for people: "Sample, full" or "python 16/32, easy-ep, preview". */
  label: z.string(),
  /** The full model that it belongs to. */
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  /** Hash of the measured experts: those of the preview, or those that the file was written with; null: the full model, or not known. */
  selectionHash: selectionHashSchema.nullable(),
  selectionId: rowIdSchema.nullable(),
  /** Experts kept per layer, and how many the full model has. */
  keep: z.int(),
  nExpert: z.int(),
  domainId: rowIdSchema.nullable(),
  domain: z.string(),
  /** Whether the selection was made for the prompts' domain; null where there is no selection. */
  inDomain: z.boolean().nullable(),
  /** Greedy and sampled completions are separate rows. */
  sampling: generationSamplingSchema,
  prompts: z.int(),
  completions: z.int(),
  /** Limit of a completion, in tokens. */
  maxTokens: z.int(),
  /** Row of the full model over the same prompts; null: this is that row, or that row was deleted. */
  referenceId: rowIdSchema.nullable(),
  createdMs: z.number(),
});
export type Generation = Readonly<z.infer<typeof generationSchema>>;

/** What is wrong with a completion; null: it could not be judged. */
const findingsSchema = z.object({
  /** What it keeps repeating up to its end, and how often. */
  loop: z.object({ unit: z.string(), repeats: z.number() }).nullable(),
  truncated: z.boolean().nullable(),
  broken: z
    .array(
      z.object({
        kind: z.enum(['fence', 'json', 'toolCall']),
        /** A clause. A plain text comes from the JSON parser. */
        detail: z.union([sentenceSchema, z.string()]),
      }),
    )
    .nullable(),
  answer: z
    .object({
      kind: z.enum(['number', 'text']),
      expected: z.string(),
      /** The completion's answer; null: it holds none of that kind. */
      found: z.string().nullable(),
      matches: z.boolean(),
    })
    .nullable(),
});
export type GenerationFindings = Readonly<z.infer<typeof findingsSchema>>;

export const generationCompletionSchema = z.object({
  /** The text; long ones are cut. */
  text: z.string(),
  cut: z.boolean(),
  /** Tokens of the whole completion. */
  tokens: z.int(),
  findings: findingsSchema,
});
export type GenerationCompletion = Readonly<z.infer<typeof generationCompletionSchema>>;

export const generationPromptSchema = z.object({
  /** What people call the demo: "tickets.jsonl:3". */
  demo: z.string(),
  /** `document`: the first part of a text. */
  kind: z.enum(['chat', 'document']),
  /** The last message before the answer, or the part of the document; of long ones only the end is kept. */
  prompt: z.string(),
  promptCut: z.boolean(),
  /** The demo's own answer; long ones are cut. */
  gold: z.string().nullable(),
});

const exampleSchema = generationPromptSchema.extend({
  /** Index of the sample, from 0. */
  sample: z.int(),
  /** null: the row is the full model's, or the full model's row was deleted. */
  full: generationCompletionSchema.nullable(),
  /** The completion of the row's own variant. */
  variant: generationCompletionSchema,
});
export type GenerationExample = Readonly<z.infer<typeof exampleSchema>>;

/** The greedy answers of a variant beside the full model's, as far as they have been written. */
const writtenSchema = z.object({
  /** The label that the check will have. */
  label: z.string(),
  variant: variantSchema.nullable(),
  selectionHash: selectionHashSchema.nullable(),
  domain: z.string(),
  /** null: nothing has been written yet. */
  examples: z.array(exampleSchema.extend({ variant: generationCompletionSchema.nullable() })),
});
export type WrittenAnswers = Readonly<z.infer<typeof writtenSchema>>;

/** Most variants in one request. */
export const MOST_CHECKED_VARIANTS = 12;
export const MOST_CHECKED_DOMAINS = 32;

/** A file, or a preview of one, with prompts from files. */
const checkFileSchema = z.object({
  model: modelRefSchema,
  prompts: z.array(grantIdSchema).min(1),
  /** The domain of the prompts. Default: the domain with the name of their first file, if there is one. */
  domain: z.string().min(1).optional(),
  /** The file of a choice: a preview of the pruned model. */
  choice: grantIdSchema.optional(),
  /** Experts that a token passes, fewer than the model's own number. */
  activeExperts: z.int().positive().optional(),
  /** scores.json files by which the experts were chosen, if nothing else says that. */
  scores: z.array(grantIdSchema).optional(),
  /** The full model. Without it, a preview is compared with the same model as it is, and a file with nothing. */
  against: modelRefSchema.optional(),
  /** The most prompts to use. */
  limit: z.int().positive(),
  maxTokens: z.int().positive(),
  samples: z.int().nonnegative(),
  temperature: z.number().positive(),
});
export type CheckFile = Readonly<z.infer<typeof checkFileSchema>>;

/** The outcome of `generations.start`: its checks, the full model's first. */
export const generationOutcomeSchema = z.object({ generationIds: z.array(rowIdSchema) });
export type GenerationOutcome = Readonly<z.infer<typeof generationOutcomeSchema>>;

/** A check with everything that was written. */
const checkedSchema = z.object({
  label: z.string(),
  /** The same for a full model's check and those that are compared with it. */
  reference: z.string(),
  isFull: z.boolean(),
  domain: z.string(),
  sampling: generationSamplingSchema,
  maxTokens: z.int(),
  figures: generationFiguresSchema,
  prompts: z.array(generationPromptSchema),
  /** `[prompt][sample]` */
  completions: z.array(z.array(generationCompletionSchema)),
});
export type CheckedGeneration = Readonly<z.infer<typeof checkedSchema>>;

const checkSchema = z.object({
  /** The full model, which is the reference of the others; it is checked too. */
  against: modelIdSchema,
  variants: z.array(variantSchema).max(MOST_CHECKED_VARIANTS),
  /**
   * Domains whose demos provide the prompts: a chat without its last answer, or the first part of a text. Demos that
   * the selection of any variant was scored on are left out; it is an error if none remain.
   */
  domainIds: z.array(rowIdSchema).min(1).max(MOST_CHECKED_DOMAINS),
  /** The most prompts of each domain. */
  limit: z.int().min(1).max(2000),
  /** Limit of a completion, in tokens. */
  maxTokens: z.int().min(1).max(8192),
  /** Sampled completions per prompt, in addition to the greedy one; 0: greedy only. */
  samples: z.int().min(0).max(16),
  /** Temperature of the sampled completions. */
  temperature: z.number().min(0.05).max(2),
});

export const generationsCalls = {
  'generations.start': { params: z.union([checkSchema, checkFileSchema]), result: jobIdSchema },
  /** Returns checks with everything that was written, in the order asked for; deleted ones are left out. */
  'generations.get': {
    params: z.object({ generationIds: z.array(rowIdSchema) }),
    result: z.array(asMade(checkedSchema)),
  },
  /** Newest first. */
  'generations.list': { params: noParams, result: z.array(generationSchema) },
  /**
   * Completions side by side with the full model's: first those that fail, then those that differ, each group in the
   * order of the prompts.
   */
  'generations.examples': {
    params: z.object({
      id: rowIdSchema,
      /** Only completions where the variant or the full model has this fault, or for `answer` a wrong answer. */
      only: z.enum(GENERATION_CHECKS).nullable(),
      offset: z.int().nonnegative(),
      limit: z.int().min(1).max(100),
    }),
    result: z.object({ total: z.int(), examples: z.array(exampleSchema) }),
  },
  /** What the latest check of this session has written, while it runs and after it was stopped; null: there was none. */
  'generations.written': {
    params: noParams,
    result: z.object({ jobId: jobIdSchema.shape.jobId, answers: z.array(writtenSchema) }).nullable(),
  },
  'generations.delete': { params: z.object({ generationIds: z.array(rowIdSchema).min(1) }), result: undoSchema },
} as const;

export const generationsEvents = {
  /** Checks of answers were added or deleted; verdicts rest on them, too. */
  generations: {
    payload: z.object({}),
    updates: null,
    outdates: ['generations.list', 'generations.examples', 'evaluations.verdict'],
  },
  /** A check wrote more; several times a second. */
  written: { payload: z.object({}), updates: null, outdates: ['generations.written'] },
} as const;

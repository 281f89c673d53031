// Checks of answers: what models write on prompts of a domain, and what is wrong with it.
import { z } from 'zod';
import { GENERATION_CHECKS } from '../generation-checks.ts';
import { boundedSchema } from '../interval.ts';
import { sentenceSchema } from '../sentences.ts';
import { groupingSchema } from '../requests.ts';
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
  /** Completions of which it is true. */
  hits: z.int(),
  /** Completions that could be judged, of so many prompts. */
  judged: z.int(),
  prompts: z.int(),
});
export type GenerationRate = Readonly<z.infer<typeof rateSchema>>;

/** The variant's share less the full model's, over the prompts that could be judged with both. */
const differenceSchema = boundedSchema.extend({
  prompts: z.int(),
  /** Prompts on which the variant's share is higher, and lower, than the full model's. */
  higher: z.int(),
  lower: z.int(),
  /** Two-sided exact McNemar test; with several samples a prompt the exact sign test. */
  pValue: z.number(),
});
export type GenerationDifference = Readonly<z.infer<typeof differenceSchema>>;

/** What this number of prompts can show of loops: power of the test in `differenceSchema` at the 5 % level. */
const sensitivitySchema = z.object({
  prompts: z.int(),
  /** Share of looping completions to start from: the full model's, at most a half; a usual one where it never loops. */
  baseRate: z.number(),
  /** Probability to see twice that. */
  powerForDouble: z.number(),
  /** Smallest share that is seen four times out of five; null: none is. */
  detectableRate: z.number().nullable(),
  /** Prompts with which twice the share is seen four times out of five. */
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
  /** Median over the prompts of the variant's length over the full model's, in tokens. */
  lengthRatio: boundedSchema.extend({ prompts: z.int() }),
  /** Completions that are the full model's to the token. */
  identical: rateSchema,
  sensitivity: sensitivitySchema,
});

export const generationSamplingSchema = z.object({
  /** 0: greedy, the likeliest token each time. */
  temperature: z.number(),
  /** Completions of each prompt; 1 where greedy. */
  samples: z.int(),
});
export type GenerationSampling = Readonly<z.infer<typeof generationSamplingSchema>>;

/** What follows from the completions. */
export const generationFiguresSchema = z.object({
  /** Median length of the completions. */
  medianTokens: z.number(),
  /** Null where no completion could be judged: such as `answer` for prompts without one. */
  rates: ratesSchema,
  /** Null: it is the full model. */
  againstFull: againstFullSchema.nullable(),
});
export type GenerationFigures = Readonly<z.infer<typeof generationFiguresSchema>>;

const generationSchema = generationFiguresSchema.extend({
  id: rowIdSchema,
  variant: variantSchema,
  /** "Sample, full" or "python 16/32, easy-ep, preview": for people. */
  label: z.string(),
  /** The full model that belongs to it. */
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  /** Hash of the experts that were measured: a preview's, or those that a file was written with; null: the full model, or not known. */
  selectionHash: selectionHashSchema.nullable(),
  selectionId: rowIdSchema.nullable(),
  /** Experts a layer, of so many in the full model. */
  keep: z.int(),
  nExpert: z.int(),
  domainId: rowIdSchema.nullable(),
  domain: z.string(),
  /** Whether the selection was made for the prompts' domain; null where there is no selection. */
  inDomain: z.boolean().nullable(),
  /** Greedy and sampled completions are rows of their own. */
  sampling: generationSamplingSchema,
  prompts: z.int(),
  completions: z.int(),
  /** Longest completion that was allowed, in tokens. */
  maxTokens: z.int(),
  /** Row of the full model over the same prompts; null: it is that row, or that row was deleted. */
  referenceId: rowIdSchema.nullable(),
  createdMs: z.number(),
});
export type Generation = Readonly<z.infer<typeof generationSchema>>;

/** What is wrong with a completion; null: could not be judged. */
const findingsSchema = z.object({
  /** What it repeats to its end, and how often. */
  loop: z.object({ unit: z.string(), repeats: z.number() }).nullable(),
  truncated: z.boolean().nullable(),
  broken: z
    .array(
      z.object({
        kind: z.enum(['fence', 'json', 'toolCall']),
        /** A clause; a text: the JSON parser's own, or of an older version. */
        detail: z.union([sentenceSchema, z.string()]),
      }),
    )
    .nullable(),
  answer: z
    .object({
      kind: z.enum(['number', 'text']),
      expected: z.string(),
      /** What the completion answers; null: nothing of that kind. */
      found: z.string().nullable(),
      matches: z.boolean(),
    })
    .nullable(),
});
export type GenerationFindings = Readonly<z.infer<typeof findingsSchema>>;

export const generationCompletionSchema = z.object({
  /** Long ones are cut. */
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
  /** The last message before the answer, or the document's part; long ones keep their end. */
  prompt: z.string(),
  promptCut: z.boolean(),
  /** The demo's own answer. Long ones are cut. */
  gold: z.string().nullable(),
});

const exampleSchema = generationPromptSchema.extend({
  /** From 0. */
  sample: z.int(),
  /** Null: the row is the full model's, or the full model's row was deleted. */
  full: generationCompletionSchema.nullable(),
  /** Completion by the row's own variant. */
  variant: generationCompletionSchema,
});
export type GenerationExample = Readonly<z.infer<typeof exampleSchema>>;

/** The greedy answers of a variant beside the full model's, as far as they are written. */
const writtenSchema = z.object({
  /** As the check will call it. */
  label: z.string(),
  variant: variantSchema.nullable(),
  selectionHash: selectionHashSchema.nullable(),
  domain: z.string(),
  /** Null: nothing is written yet. */
  examples: z.array(exampleSchema.extend({ variant: generationCompletionSchema.nullable() })),
});
export type WrittenAnswers = Readonly<z.infer<typeof writtenSchema>>;

/** In one request. */
export const MOST_CHECKED_VARIANTS = 12;
export const MOST_CHECKED_DOMAINS = 32;

/** A file, or a preview of one, with prompts from files. */
const checkFileSchema = z.object({
  model: modelRefSchema,
  prompts: z.array(grantIdSchema).min(1),
  /** That the prompts are of. Default: the one that is called as their first file is, if there is one. */
  domain: z.string().min(1).optional(),
  /** Mask file: a preview of the pruned model. */
  mask: grantIdSchema.optional(),
  /** A token passes so many experts, fewer than the model says. */
  activeExperts: z.int().positive().optional(),
  /** scores.json files by which the experts were chosen, where nothing else tells. */
  scores: z.array(grantIdSchema).optional(),
  /** The full model. Without it, a mask is compared with the same model unmasked, and a file with nothing. */
  against: modelRefSchema.optional(),
  /** Default: as the mask says it. */
  grouping: groupingSchema.optional(),
  /** At most so many prompts. */
  limit: z.int().positive(),
  maxTokens: z.int().positive(),
  samples: z.int().nonnegative(),
  temperature: z.number().positive(),
});
export type CheckFile = Readonly<z.infer<typeof checkFileSchema>>;

/** What comes of `generations.start`: its checks, the full model's first. */
export const generationOutcomeSchema = z.object({ generationIds: z.array(rowIdSchema) });
export type GenerationOutcome = Readonly<z.infer<typeof generationOutcomeSchema>>;

/** A check with all that was written. */
const checkedSchema = z.object({
  label: z.string(),
  /** Equal for a full model's check and those that are compared with it. */
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
  /** The full model, the reference of the others; it is checked too. */
  against: modelIdSchema,
  variants: z.array(variantSchema).max(MOST_CHECKED_VARIANTS),
  /**
   * Domains whose demos give the prompts: a chat without its last answer, or the first part of a text. Demos that a
   * variant's selection was scored on are left out; where none is left, that is an error.
   */
  domainIds: z.array(rowIdSchema).min(1).max(MOST_CHECKED_DOMAINS),
  /** At most so many prompts a domain. */
  limit: z.int().min(1).max(2000),
  /** Longest completion, in tokens. */
  maxTokens: z.int().min(1).max(8192),
  /** Sampled completions of each prompt, beside the greedy one; 0: greedy only. */
  samples: z.int().min(0).max(16),
  /** Temperature of the sampled completions. */
  temperature: z.number().min(0.05).max(2),
});

export const generationsCalls = {
  'generations.start': { params: z.union([checkSchema, checkFileSchema]), result: jobIdSchema },
  /** With all that was written, in this order; what was deleted is left out. */
  'generations.get': {
    params: z.object({ generationIds: z.array(rowIdSchema) }),
    result: z.array(asMade(checkedSchema)),
  },
  /** Newest first. */
  'generations.list': { params: noParams, result: z.array(generationSchema) },
  /** Completions side by side with the full model's: what fails first, then what differs, each in the order of the prompts. */
  'generations.examples': {
    params: z.object({
      id: rowIdSchema,
      /** Only where this fault is found, or for `answer` where the answer is wrong, in the variant or the full model. */
      only: z.enum(GENERATION_CHECKS).nullable(),
      offset: z.int().nonnegative(),
      limit: z.int().min(1).max(100),
    }),
    result: z.object({ total: z.int(), examples: z.array(exampleSchema) }),
  },
  /** What the last check wrote that was begun in this session, while it works and after it was stopped; null: there was none. */
  'generations.written': {
    params: noParams,
    result: z.object({ jobId: jobIdSchema.shape.jobId, answers: z.array(writtenSchema) }).nullable(),
  },
  'generations.delete': { params: z.object({ generationIds: z.array(rowIdSchema).min(1) }), result: undoSchema },
} as const;

export const generationsEvents = {
  /** Checks of answers were added or deleted: verdicts rest on them, too. */
  generations: {
    payload: z.object({}),
    updates: null,
    outdates: ['generations.list', 'generations.examples', 'evaluations.verdicts', 'evaluations.verdict'],
  },
  /** A check wrote more; some times a second. */
  written: { payload: z.object({}), updates: null, outdates: ['generations.written'] },
} as const;

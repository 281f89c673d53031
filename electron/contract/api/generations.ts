// Checks of answers: what models write on prompts of a domain, and what is wrong with it.
import { z } from 'zod';
import { boundedSchema } from '../interval.ts';
import { sentenceSchema } from '../sentences.ts';
import { asMade, grantIdSchema, jobIdSchema, modelRefSchema, rowIdSchema } from './common.ts';
import { measuredChoiceSchema } from './evaluations.ts';

/** Share of completions, 0 to 1, and how many were judged. */
const rateSchema = boundedSchema.extend({ hits: z.int(), judged: z.int() });
export type GenerationRate = Readonly<z.infer<typeof rateSchema>>;

/** The variant's share minus the full model's, over the prompts that could be judged for both. */
const differenceSchema = boundedSchema.extend({
  prompts: z.int(),
  /** p-value of the two-sided exact McNemar test. */
  pValue: z.number(),
});
export type GenerationDifference = Readonly<z.infer<typeof differenceSchema>>;

/** null: no completion could be judged, such as `answer` for prompts without one. */
const byCheck = <Figure extends z.ZodType>(figure: Figure) =>
  z.object({
    loop: figure.nullable(),
    truncated: figure.nullable(),
    broken: figure.nullable(),
    answer: figure.nullable(),
  });

/** Figures derived from the completions. */
export const generationFiguresSchema = z.object({
  /** Median length of the completions. */
  medianTokens: z.number(),
  rates: byCheck(rateSchema),
  /** null: this is the full model. */
  againstFull: byCheck(differenceSchema).nullable(),
});
export type GenerationFigures = Readonly<z.infer<typeof generationFiguresSchema>>;

/** The newest check of a choice on the prompts of one demo set, beside the full model's. */
const generationSchema = z.object({
  id: rowIdSchema,
  domain: z.string(),
  /** Whether the experts were chosen for the prompts' domain; null: not known. */
  inDomain: z.boolean().nullable(),
  /** A written file was checked; false: a preview. */
  isFile: z.boolean(),
  prompts: z.int(),
  /** Limit of a completion, in tokens. */
  maxTokens: z.int(),
  own: generationFiguresSchema,
  full: generationFiguresSchema,
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
  full: generationCompletionSchema,
  variant: generationCompletionSchema,
});
export type GenerationExample = Readonly<z.infer<typeof exampleSchema>>;

/** Most demo sets in one request. */
const MOST_CHECKED_DOMAINS = 32;

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
  maxTokens: z.int(),
  figures: generationFiguresSchema,
  prompts: z.array(generationPromptSchema),
  /** One a prompt. */
  completions: z.array(generationCompletionSchema),
});
export type CheckedGeneration = Readonly<z.infer<typeof checkedSchema>>;

const checkSchema = measuredChoiceSchema.extend({
  /**
   * Domains whose demos provide the prompts: a chat without its last answer, or the first part of a text. Demos that
   * the selection was scored on are left out; it is an error if none remain.
   */
  domainIds: z.array(rowIdSchema).min(1).max(MOST_CHECKED_DOMAINS),
  /** The most prompts of each domain. */
  limit: z.int().min(1).max(2000),
  /** Limit of a completion, in tokens. */
  maxTokens: z.int().min(1).max(8192),
});

export const generationsCalls = {
  'generations.start': { params: z.union([checkSchema, checkFileSchema]), result: jobIdSchema },
  /** Returns checks with everything that was written, in the order asked for; deleted ones are left out. */
  'generations.get': {
    params: z.object({ generationIds: z.array(rowIdSchema) }),
    result: z.array(asMade(checkedSchema)),
  },
  /** The checks of a choice, one a demo set: those of its domains first. */
  'generations.list': { params: measuredChoiceSchema, result: z.array(generationSchema) },
  /** The most telling completions of a check side by side with the full model's: first those that fail, then those that differ. */
  'generations.examples': {
    params: z.object({ id: rowIdSchema }),
    result: z.object({ total: z.int(), examples: z.array(exampleSchema) }),
  },
} as const;

export const generationsEvents = {
  /** Checks of answers were added or deleted; verdicts rest on them, too. */
  generations: {
    payload: z.object({}),
    updates: null,
    outdates: ['generations.list', 'generations.examples', 'evaluations.verdict'],
  },
} as const;

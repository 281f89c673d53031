// Measuring models on held-out texts.
import { z } from 'zod';
import { grantIdSchema, jobIdSchema, modelIdSchema, modelRefSchema, rowIdSchema } from './common.ts';
import { intervalSchema } from '../interval.ts';
import { sentenceSchema } from '../sentences.ts';
import { verdictSchema } from '../verdict.ts';

/** The models that can be measured. */
export const variantSchema = z.discriminatedUnion('kind', [
  /** A file as it is: the full model, or a pruned one. */
  z.object({ kind: z.literal('model'), modelId: modelIdSchema }),
  /** The selection's model with the dropped experts masked. */
  z.object({ kind: z.literal('preview'), selectionId: rowIdSchema }),
]);
export type Variant = Readonly<z.infer<typeof variantSchema>>;

/** What a text shows about a model. */
export const evaluationFiguresSchema = z.object({
  perplexity: intervalSchema,
  /** Mean negative log likelihood, in nats. */
  nll: intervalSchema,
  /** Number of scored tokens. */
  tokens: z.int(),
  /** The unit of resampling, and how many units have scored tokens. */
  unit: z.enum(['document', 'chunk']),
  units: z.int(),
  /** Tokens per chunk. */
  ctx: z.int(),
  chunks: z.int(),
  /**
   * The text consists of documents that were read one by one, each from its start; of chats only the answers count.
   * Absent: it is one text.
   */
  separate: z.literal(true).exactOptional(),
  /**
   * Perplexity divided by the full model's, on the same resamples: its interval is much narrower than the two separate
   * ones. This field and those that follow are null where nothing was compared, such as for the full model itself;
   * older rows have no ratio.
   */
  ratio: intervalSchema.nullable(),
  /** KL(full model || this) in nats: the mean, and the 99th percentile over the tokens. */
  klMean: intervalSchema.nullable(),
  klP99: intervalSchema.nullable(),
  /** Share of tokens for which both models predict the same likeliest next token. */
  top1: intervalSchema.nullable(),
});
export type EvaluationFigures = Readonly<z.infer<typeof evaluationFiguresSchema>>;

/** A text that a choice would be measured on. */
const measurementTextSchema = z.object({
  /** A held-out text, else demos of the domain that no expert was chosen by, else the bundled sample. */
  source: z.enum(['heldOut', 'notScored', 'sample']),
  name: z.string(),
  domain: z.string(),
  inDomain: z.boolean().nullable(),
});
export type MeasurementText = Readonly<z.infer<typeof measurementTextSchema>>;

const measurementOfferSchema = z.object({
  /** Empty: there is nothing to measure on. */
  texts: z.array(measurementTextSchema),
  /** null: there is nothing to measure on. */
  seconds: z.number().nullable(),
});
export type MeasurementOffer = Readonly<z.infer<typeof measurementOfferSchema>>;

/** A file, or a preview of one, to measure on one text. */
const measureFileSchema = z.object({
  model: modelRefSchema,
  /** Files that together are one text. Several files, or files whose rows are documents, keep their documents separate. */
  texts: z.array(grantIdSchema).min(1),
  /** The domain of the text. Default: the domain with the name of the first file, if there is one. */
  domain: z.string().min(1).optional(),
  /** The file of a choice: a preview of the pruned model. */
  choice: grantIdSchema.optional(),
  /** Experts that a token passes, fewer than the model's own number. */
  activeExperts: z.int().positive().optional(),
  /** scores.json files by which the experts were chosen, if nothing else says that. */
  scores: z.array(grantIdSchema).optional(),
  /** The full model to compare with; null: no comparison. */
  against: modelRefSchema.nullable(),
  /** Tokens per chunk. */
  ctx: z.int().min(8),
  /** The most chunks to measure; null: the whole text. */
  chunks: z.int().positive().nullable(),
});
export type MeasureFile = Readonly<z.infer<typeof measureFileSchema>>;

/** The outcome of measuring a file. */
export const evaluationOutcomeSchema = z.object({
  figures: evaluationFiguresSchema,
  /** Figures of the model that was compared with; null: there was none. */
  full: evaluationFiguresSchema.nullable(),
  /** Whether the subject was made from that model, as far as can be told. */
  isFullModel: z.boolean(),
  /** What to keep in mind about the figures. */
  warnings: z.array(sentenceSchema),
  /** All that is known of the choice so far; null: there was no full model to compare with, or its model is unknown. */
  verdict: verdictSchema.nullable(),
});
export type EvaluationOutcome = Readonly<z.infer<typeof evaluationOutcomeSchema>>;

/** A choice of experts that is measured or checked. */
export const measuredChoiceSchema = z.object({
  selectionId: rowIdSchema,
  /** A file written from the choice, if it computes something else; null: the choice as it is. */
  exportId: rowIdSchema.nullable().default(null),
});

/** Chunks of a text that are measured unless the user sets a number: with fewer than ten units, intervals are rough. */
export const USUAL_CHUNKS = 12;

export const evaluationsCalls = {
  'evaluations.start': { params: measureFileSchema, result: jobIdSchema },
  /** The verdict on a choice, or on a file of it, measured or not. */
  'evaluations.verdict': { params: measuredChoiceSchema, result: verdictSchema },
  /** What it takes to measure a choice for its verdict. */
  'evaluations.offer': { params: measuredChoiceSchema, result: measurementOfferSchema },
  /** Measures the choice: its file, or its preview if no file was written. null: there is no text to measure on. */
  'evaluations.judge': { params: measuredChoiceSchema, result: jobIdSchema.nullable() },
} as const;

export const evaluationsEvents = {
  evaluations: {
    payload: z.object({}),
    updates: null,
    outdates: ['evaluations.verdict'],
  },
} as const;

// Measuring models on held-out texts.
import { z } from 'zod';
import {
  asMade,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  rowIdSchema,
  selectionHashSchema,
  subjectSchema,
  undoSchema,
} from './common.ts';
import { reportFileSchema } from '../report-file.ts';
import { groupingSchema } from '../requests.ts';
import { intervalSchema } from '../interval.ts';
import { sentenceSchema } from '../sentences.ts';
import { verdictSchema } from '../verdict.ts';
import { criterionSchema, mixSchema } from './runs.ts';

/** What is measured. */
export const variantSchema = z.discriminatedUnion('kind', [
  /** A file as it is: the full model, or a pruned one. */
  z.object({ kind: z.literal('model'), modelId: modelIdSchema }),
  /** The selection's model with the dropped experts masked. What is null is as in the selection, the rest is chosen anew. */
  z.object({
    kind: z.literal('preview'),
    selectionId: rowIdSchema,
    criterion: criterionSchema.nullable(),
    /** Experts a layer. */
    keep: z.int().positive().nullable().default(null),
    mix: mixSchema.nullable().default(null),
  }),
]);
export type Variant = Readonly<z.infer<typeof variantSchema>>;

/** What a text says of a model. */
export const evaluationFiguresSchema = z.object({
  perplexity: intervalSchema,
  /** Mean negative log likelihood, in nats. */
  nll: intervalSchema,
  /** Scored ones. */
  tokens: z.int(),
  /** What was resampled, and how many of it have scored tokens. */
  unit: z.enum(['document', 'chunk']),
  units: z.int(),
  /** Tokens a chunk. */
  ctx: z.int(),
  chunks: z.int(),
  /**
   * The text is documents that were read one by one, each from its start, chats counted on their answers. Absent: it is one text, or an
   * older version joined its documents.
   */
  separate: z.literal(true).exactOptional(),
  /**
   * Perplexity over the full model's, both of the same resamples: much closer than the two by themselves. This and what
   * follows is null where nothing was compared, such as on the full model itself; older rows have no ratio.
   */
  ratio: intervalSchema.nullable(),
  /** KL(full model || this) in nats: the mean, and the value at the 99th percentile of the tokens. */
  klMean: intervalSchema.nullable(),
  klP99: intervalSchema.nullable(),
  /** Share of tokens whose likeliest successor is the full model's. */
  top1: intervalSchema.nullable(),
});
export type EvaluationFigures = Readonly<z.infer<typeof evaluationFiguresSchema>>;

const evaluationSchema = evaluationFiguresSchema.extend({
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
  /** Experts a layer, of so many in the full model; null: not known of older rows. */
  keep: z.int().nullable(),
  nExpert: z.int().nullable(),
  textId: rowIdSchema.nullable(),
  text: z.string(),
  domain: z.string(),
  /** What the figures do not prove; null: nothing is left to prove. */
  said: sentenceSchema.nullable(),
  /** Whether the selection was made for the text's domain; null where there is no selection. */
  inDomain: z.boolean().nullable(),
  /** At most so many chunks were asked for, 0: all of the text; null: not known of older rows. */
  chunkLimit: z.int().nullable(),
  createdMs: z.number(),
});
export type Evaluation = Readonly<z.infer<typeof evaluationSchema>>;

/** A choice of experts that a selection or a file holds, with what was measured of it. */
const judgedChoiceSchema = z.object({
  hash: selectionHashSchema,
  /** The full model, in the library. */
  modelId: modelIdSchema.nullable(),
  /** The newest that keeps these experts; null: none does any more. */
  selectionId: rowIdSchema.nullable(),
  /** The newest file that was written with them; null: none was. */
  exportId: rowIdSchema.nullable(),
  /** For people. */
  name: z.string(),
  /** Experts a layer, of so many in the full model. */
  keep: z.int(),
  nExpert: z.int(),
  verdict: verdictSchema,
});
export type JudgedChoice = Readonly<z.infer<typeof judgedChoiceSchema>>;

/** What a choice would be measured on. */
const measurementTextSchema = z.object({
  /** Held out, or else demos of the domain that no expert was chosen by, or else of the bundled sample. */
  source: z.enum(['heldOut', 'notScored', 'sample']),
  name: z.string(),
  domain: z.string(),
  inDomain: z.boolean().nullable(),
});
export type MeasurementText = Readonly<z.infer<typeof measurementTextSchema>>;

const measurementOfferSchema = z.object({
  /** None: there is nothing to measure on. */
  texts: z.array(measurementTextSchema),
  /** Null where there is nothing. */
  seconds: z.object({ low: z.number(), likely: z.number(), high: z.number() }).nullable(),
});
export type MeasurementOffer = Readonly<z.infer<typeof measurementOfferSchema>>;

/** In one request. */
export const MOST_MEASURED_VARIANTS = 64;
export const MOST_MEASURED_TEXTS = 32;

/** A file, or a preview of one, on one text. */
const measureFileSchema = z.object({
  model: modelRefSchema,
  /** Files that are one text; with several, or where rows of a file are documents, documents are told apart. */
  texts: z.array(grantIdSchema).min(1),
  /** That the text is of. Default: the one that is called as its first file is, if there is one. */
  domain: z.string().min(1).optional(),
  /** Mask file: a preview of the pruned model. */
  mask: grantIdSchema.optional(),
  /** A token passes so many experts, fewer than the model says. */
  activeExperts: z.int().positive().optional(),
  /** scores.json files by which the experts were chosen, where nothing else tells. */
  scores: z.array(grantIdSchema).optional(),
  /** The full model to compare with; null: none. */
  against: modelRefSchema.nullable(),
  /** Default: as the mask says it. */
  grouping: groupingSchema.optional(),
  /** Tokens a chunk. */
  ctx: z.int().min(8),
  /** At most so many; null: the whole text. */
  chunks: z.int().positive().nullable(),
});
export type MeasureFile = Readonly<z.infer<typeof measureFileSchema>>;

/** What comes of measuring a file. */
export const evaluationOutcomeSchema = z.object({
  figures: evaluationFiguresSchema,
  /** Figures of the model that was compared with; null: none was. */
  full: evaluationFiguresSchema.nullable(),
  /** Whether the subject was made from that model, as far as anything tells. */
  isFullModel: z.boolean(),
  /** All that is known of the choice by now; null: it was compared with no full model, or nobody knows of what it is a choice. */
  verdict: verdictSchema.nullable(),
});
export type EvaluationOutcome = Readonly<z.infer<typeof evaluationOutcomeSchema>>;

const measureSchema = z.object({
  /** The full model, the reference of the others; it is measured too. */
  against: modelIdSchema,
  variants: z.array(variantSchema).max(MOST_MEASURED_VARIANTS),
  textIds: z.array(rowIdSchema).min(1).max(MOST_MEASURED_TEXTS),
  /** Tokens a chunk. */
  ctx: z
    .int()
    .min(8)
    .max(1 << 20),
  /** At most so many chunks a text; null: the whole text. */
  chunks: z.int().positive().nullable(),
});
export type Measure = Readonly<z.infer<typeof measureSchema>>;

const choiceSchema = z.object({
  selectionId: rowIdSchema,
  /** A file that was written from it, where that computes something else; null: the choice as it is. */
  exportId: rowIdSchema.nullable().default(null),
});

/** Chunks of a text that are measured where nobody says how many: with fewer than ten units intervals are rough. */
export const USUAL_CHUNKS = 12;

export const evaluationsCalls = {
  'evaluations.start': {
    params: z.union([measureSchema, measureFileSchema]),
    result: jobIdSchema,
  },
  /** Each choice once of which something was measured, the newest first. */
  'evaluations.verdicts': { params: noParams, result: z.array(judgedChoiceSchema) },
  /** On one choice, or on a file of it, measured or not. */
  'evaluations.verdict': { params: choiceSchema, result: verdictSchema },
  /** What measuring a choice for its verdict takes. */
  'evaluations.offer': { params: choiceSchema, result: measurementOfferSchema },
  /** Measures it: its file, or its preview where none was written. Null: there is no text to measure on. */
  'evaluations.judge': { params: choiceSchema, result: jobIdSchema.nullable() },
  'evaluations.list': { params: noParams, result: z.array(evaluationSchema) },
  'evaluations.delete': { params: z.object({ evaluationIds: z.array(rowIdSchema).min(1) }), result: undoSchema },
  /**
   * What was chosen, written and measured, as data, and in files: as one self-contained HTML page, or where the target ends
   * in .json as the same data. Cancellable.
   */
  'evaluations.report': {
    params: z.object({
      subject: subjectSchema,
      /** Language of the page. */
      language: z.string().max(16),
      /** null: no page. */
      target: grantIdSchema.nullable(),
      /** Where the data goes, whatever its name; null: nowhere. */
      data: grantIdSchema.nullable(),
    }),
    /** With the size of what was written under `target`. */
    result: z.object({ bytes: z.number().nullable(), report: asMade(reportFileSchema) }),
  },
} as const;

export const evaluationsEvents = {
  evaluations: {
    payload: z.object({}),
    updates: null,
    outdates: ['evaluations.list', 'evaluations.verdicts', 'evaluations.verdict'],
  },
} as const;

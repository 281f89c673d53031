// Writing pruned files.
import { z } from 'zod';
import { CHOICE_FORMS, choiceFileSchema } from '../choice-file.ts';
import { quantiseOptionsSchema, quantTypeSchema } from '../quantise.ts';
import { REPAIR_DEMOS, repairCostSchema, repairReportSchema } from '../repair.ts';
import { pruneRequestSchema, quantiseRequestSchema } from '../requests.ts';
import { sentenceSchema } from '../sentences.ts';
import { verdictSchema } from '../verdict.ts';
import {
  asMade,
  choiceInFileSchema,
  errorDataSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  nothing,
  rowIdSchema,
  selectionHashSchema,
  storedChoiceSchema,
  subjectSchema,
} from './common.ts';

/** Fits the experts' down matrices to demos; the result is kept where it is clearly better. */
const repairOptionsSchema = z.object({
  /** null: the demos that the experts were chosen by. */
  demos: z.array(grantIdSchema).min(1).nullable(),
  limit: z.int().positive().default(REPAIR_DEMOS),
});
export type RepairOptions = Readonly<z.infer<typeof repairOptionsSchema>>;

const exportOptionsSchema = pruneRequestSchema
  .pick({ nextn: true, activeExperts: true, width: true, allowFewerUsed: true, overwrite: true })
  .extend({
    /** The type that the file is quantised to; null: every byte stays as it is. */
    quantise: quantiseOptionsSchema.nullable(),
    /** An importance matrix of the source, to quantise or to choose neurons by. */
    imatrix: grantIdSchema.nullable(),
    /** Instead of `imatrix`: the run that collected the matrix. */
    imatrixRun: rowIdSchema.nullable().default(null),
    /** Then fits the experts' down matrices; the result is kept where it is clearly better. Default: no. */
    repair: repairOptionsSchema.nullable().default(null),
  });
export type ExportOptions = Readonly<z.infer<typeof exportOptionsSchema>>;

/** What an export would do. */
const exportPlanSchema = z.object({
  displayPath: z.string(),
  fullBytes: z.number(),
  prunedBytes: z.number(),
  freeBytes: z.number(),
  /** Bytes of the tensors of each type, the largest first; null: it is not quantised. */
  types: z.array(z.object({ type: z.string(), bytes: z.number() })).nullable(),
  warnings: z.array(sentenceSchema),
  /** Obstacles: with any of these, the export would fail. */
  problems: z.array(errorDataSchema),
});
export type ExportPlan = Readonly<z.infer<typeof exportPlanSchema>>;

const exportSchema = z.object({
  id: rowIdSchema,
  sourceName: z.string(),
  sourceModelId: modelIdSchema.nullable(),
  /** The written model in the library; null: the file has gone, or it was not finished. */
  modelId: modelIdSchema.nullable(),
  displayPath: z.string(),
  /** Hash of the written choice; null: not known for older files whose selection is gone. */
  selectionHash: selectionHashSchema.nullable(),
  /** The selection that it was written from; null: it was deleted, or the file was written from a choice that is not stored. */
  selectionId: rowIdSchema.nullable(),
  fullBytes: z.number(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  seconds: z.number().nullable(),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  startedMs: z.number(),
  keep: z.int(),
  nExpert: z.int(),
  /** The type that it was quantised to; null: its bytes are those of the source. */
  quantType: quantTypeSchema.nullable(),
  /** Some of its tensors have types of their own. */
  mixed: z.literal(true).exactOptional(),
  /** The outcome of its repair; null: none was asked for. */
  repair: repairReportSchema.nullable(),
});
export type Export = Readonly<z.infer<typeof exportSchema>>;

const exportParams = z.object({
  choice: z.discriminatedUnion('kind', [storedChoiceSchema, choiceInFileSchema]),
  target: grantIdSchema,
  options: exportOptionsSchema,
});
export type ExportParams = Readonly<z.infer<typeof exportParams>>;

/** `sha256`: null after a dry run. */
const exportFile = z.object({ displayPath: z.string(), bytes: z.number(), sha256: z.string().nullable() });

/** The outcome of `exports.start`. */
export const exportOutcomeSchema = exportFile.extend({
  /** null after a dry run. */
  exportId: rowIdSchema.nullable(),
  keep: z.int(),
  kept: z.array(z.array(z.int())),
  /** The run that collected the importance matrix; null: there is no matrix, or it is a file from elsewhere. */
  imatrixRun: rowIdSchema.nullable(),
  fullBytes: z.number(),
  seconds: z.number(),
  warnings: z.array(z.string()),
  /** The outcome of the repair, if one was asked for. */
  repair: repairReportSchema.exactOptional(),
  /** What the repair would take, after a dry run. */
  repairCost: repairCostSchema.exactOptional(),
});

/** The outcome of `exports.quantise`. */
export const quantiseOutcomeSchema = exportFile.extend({
  exportId: rowIdSchema.nullable(),
  seconds: z.number(),
  fullBytes: z.number(),
  /** Bytes of the tensors of each type, the largest first. */
  types: z.array(z.object({ type: z.string(), bytes: z.number() })),
  /** The outcome of the repair, if one was asked for. */
  repair: repairReportSchema.exactOptional(),
  /** What the repair would take, after a dry run. */
  repairCost: repairCostSchema.exactOptional(),
});

/** A repository on a model hub: "owner/name". */
export const repositorySchema = z
  .string()
  .max(200)
  .regex(/^\w[\w.-]*\/\w[\w.-]*$/);
/** Gaps of a published file: its base model or licence is not stated in any file, or no stored choice keeps its experts. */
const publishGapSchema = z.enum(['baseModel', 'license', 'choice']);
export type PublishGap = z.infer<typeof publishGapSchema>;

/** `card`: Markdown for a model hub; `report`: the same as an HTML page. */
export const CARD_FORMS = ['report', 'card'] as const;
export type CardForm = (typeof CARD_FORMS)[number];

export const exportsCalls = {
  /** Suggests a file name that says what the file is, such as "Qwen3-30B-A3B-python-64e-Q4_K_M.gguf". */
  'exports.suggestName': {
    params: z.object({
      selectionId: rowIdSchema,
      /** The type that the file is quantised to. Default: it is not quantised. */
      quantType: quantTypeSchema.nullable().default(null),
    }),
    result: z.object({ name: z.string() }),
  },
  'exports.plan': { params: exportParams, result: exportPlanSchema },
  /** What it will take to repair the file that `exports.start` writes of the choice. Reads headers and counts tokens. Cancellable. */
  'exports.repairCost': {
    params: z.object({
      selectionId: rowIdSchema,
      repair: repairOptionsSchema,
      /** Size of the file, as `exports.plan` states it. */
      bytes: z.number().positive(),
      /** The type that the file is quantised to; null: it is not quantised. */
      quantType: quantTypeSchema.nullable(),
    }),
    result: repairCostSchema,
  },
  'exports.start': {
    params: exportParams.extend({
      options: exportOptionsSchema.extend({
        /** "own": the run that the experts were chosen by. */
        imatrixRun: z
          .union([rowIdSchema, z.literal('own')])
          .nullable()
          .default(null),
        dryRun: pruneRequestSchema.shape.dryRun,
      }),
    }),
    result: jobIdSchema,
  },
  /** Writes the whole model in another type. */
  'exports.quantise': {
    params: quantiseRequestSchema.omit({ output: true, selectionId: true, madeFor: true }).extend({
      model: modelRefSchema,
      target: grantIdSchema,
      imatrix: grantIdSchema.optional(),
      repair: repairOptionsSchema.optional(),
    }),
    result: jobIdSchema,
  },
  'exports.list': { params: noParams, result: z.array(exportSchema) },
  /** Writes the card of a choice and its file; without a target, beside the file. Cancellable, as is the next call. */
  'exports.card': {
    params: z.object({
      subject: subjectSchema,
      form: z.enum(CARD_FORMS),
      /** Default: as model hubs expect. */
      language: z.string().max(16).default('en'),
      target: grantIdSchema.nullable(),
      overwrite: z.boolean(),
    }),
    result: z.object({ displayPath: z.string(), verdict: verdictSchema }),
  },
  /**
   * Makes a folder of a pruned file in the form that model hubs expect: the file, its card, its choice and hashes.
   * Nothing is sent. Cancellable.
   */
  'exports.publish': {
    params: z.object({
      subject: subjectSchema,
      /** The folder, which is empty or does not exist yet; null: beside the file. */
      target: grantIdSchema.nullable(),
      repository: repositorySchema.nullable(),
      /** Repository of the full model, if its file does not name one. */
      baseModel: repositorySchema.nullable(),
    }),
    result: z.object({
      displayPath: z.string(),
      files: z.array(z.string()),
      /** The command of the hub's own tool, for a shell on the engine's machine. */
      command: z.string(),
      /** The facts that are missing from the card. */
      gaps: z.array(publishGapSchema),
    }),
  },
  /** Writes a choice, or a list of its experts for another program; returns the choice. */
  'exports.choice': {
    params: z.object({
      subject: subjectSchema,
      form: z.enum(CHOICE_FORMS),
      /** `beside`: next to the file of the choice; null: nothing is written. */
      target: z.union([grantIdSchema, z.literal('beside')]).nullable(),
      overwrite: z.boolean(),
    }),
    result: z.object({ displayPath: z.string().nullable(), choice: asMade(choiceFileSchema) }),
  },
  /** Served pages only: lets the page download the file. */
  'exports.download': {
    params: z.object({ exportId: rowIdSchema }),
    result: z.object({ id: grantIdSchema, name: z.string() }),
  },
  /** Shows the file in the system's file manager. Does nothing when served. */
  'exports.reveal': { params: z.object({ exportId: rowIdSchema }), result: nothing },
} as const;

export const exportsEvents = {
  exports: {
    payload: z.object({}),
    updates: null,
    outdates: ['exports.list', 'exports.plan', 'library.list', 'evaluations.verdict', 'generations.list', 'fit.list'],
  },
} as const;

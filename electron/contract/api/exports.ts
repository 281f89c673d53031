// Writing pruned files.
import { z } from 'zod';
import { calibrationFactsSchema } from '../calibration.ts';
import { fittedPartsSchema } from '../fitted-parts.ts';
import { quantiseOptionsSchema, quantTypeSchema } from '../quantise.ts';
import { RECIPE_FORMS, recipeFileSchema } from '../recipe-file.ts';
import { REPAIR_DEMOS, repairCostSchema, repairReportSchema } from '../repair.ts';
import { groupingSchema, nextnSchema, widthSchema } from '../requests.ts';
import { sentenceSchema } from '../sentences.ts';
import {
  asMade,
  choiceFileSchema,
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

/** Routers and experts' down matrices are fitted to demos then, where that is clearly better. */
const repairOptionsSchema = z.object({
  /** Default: both. */
  parts: fittedPartsSchema.optional(),
  /** null: those that the experts were chosen by. */
  demos: z.array(grantIdSchema).min(1).nullable(),
  limit: z.int().positive().default(REPAIR_DEMOS),
});
export type RepairOptions = Readonly<z.infer<typeof repairOptionsSchema>>;

const exportOptionsSchema = z.object({
  nextn: nextnSchema,
  split: z.enum(['single', 'keep']),
  /** Parts of at most so many bytes; goes before `split`. */
  splitMaxBytes: z.number().positive().nullable(),
  /** To what the file is quantised; null: every byte stays as it is. */
  quantise: quantiseOptionsSchema.nullable(),
  /** An importance matrix of the source: cut along, or quantised by. */
  imatrix: grantIdSchema.nullable(),
  /** Or that which this run has collected. */
  imatrixRun: rowIdSchema.nullable().default(null),
  /** A file of what was fitted to the kept experts. */
  calibration: grantIdSchema.optional(),
  /** How the kept experts route, and how many of them a token passes. Default: as the choice says it. */
  grouping: groupingSchema.optional(),
  activeExperts: z.int().positive().optional(),
  /** Share of each kept expert's neurons that stay. Default: all. */
  width: widthSchema.optional(),
  /** Its routers and its experts' down matrices are fitted then, where that is clearly better. Default: no. */
  repair: repairOptionsSchema.nullable().default(null),
  allowFewerUsed: z.boolean(),
  overwrite: z.boolean(),
});
export type ExportOptions = Readonly<z.infer<typeof exportOptionsSchema>>;

/** What an export would do. */
const exportPlanSchema = z.object({
  displayPath: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.number() })),
  fullBytes: z.number(),
  prunedBytes: z.number(),
  freeBytes: z.number(),
  /** Tensors that are cut, and those copied whole. */
  cutTensors: z.int(),
  copiedTensors: z.int(),
  /** Bytes of the tensors of each type, most first, where it is quantised. */
  types: z.array(z.object({ type: z.string(), bytes: z.number() })).nullable(),
  changedKeys: z.array(z.object({ key: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
  warnings: z.array(sentenceSchema),
  /** Stand in the way: with one of these an export would fail. */
  problems: z.array(errorDataSchema),
});
export type ExportPlan = Readonly<z.infer<typeof exportPlanSchema>>;

const exportSchema = z.object({
  id: rowIdSchema,
  sourceName: z.string(),
  sourceModelId: modelIdSchema.nullable(),
  /** The written model in the library; null: the file is not there any more, or not finished. */
  modelId: modelIdSchema.nullable(),
  displayPath: z.string(),
  /** What was written; null: not known of older files whose selection is gone. */
  selectionHash: selectionHashSchema.nullable(),
  /** The selection that it was written from; null: deleted, or from a mask that no selection keeps. */
  selectionId: rowIdSchema.nullable(),
  fullBytes: z.number(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  seconds: z.number().nullable(),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  startedMs: z.number(),
  keep: z.int(),
  nExpert: z.int(),
  /** That it was quantised to; null: the bytes are the source's. */
  quantType: quantTypeSchema.nullable(),
  /** Some of its tensors were quantised to types of their own. */
  mixed: z.literal(true).exactOptional(),
  /** How its routers were fitted; null: they are the source's. */
  calibrated: calibrationFactsSchema.nullable(),
  /** What came of its repair; null: none was asked for. */
  repair: repairReportSchema.nullable(),
});
export type Export = Readonly<z.infer<typeof exportSchema>>;

const exportParams = z.object({
  choice: z.discriminatedUnion('kind', [storedChoiceSchema, ...choiceFileSchema.options]),
  target: grantIdSchema,
  options: exportOptionsSchema,
});
export type ExportParams = Readonly<z.infer<typeof exportParams>>;

const exportFile = z.object({ displayPath: z.string(), bytes: z.number(), sha256: z.string().nullable() });

/** What comes of `exports.start`. */
export const exportOutcomeSchema = z.object({
  /** null after a dry run. */
  exportId: rowIdSchema.nullable(),
  keep: z.int(),
  kept: z.array(z.array(z.int())),
  /** The model's files; planned ones without hash after a dry run. */
  files: z.array(exportFile),
  /** The matrix that was cut to the kept experts. */
  imatrix: exportFile.nullable(),
  /** That has collected the importance matrix; null: none, or it is a file from elsewhere. */
  imatrixRun: rowIdSchema.nullable(),
  bytes: z.number(),
  fullBytes: z.number(),
  seconds: z.number(),
  warnings: z.array(z.string()),
  /** Where it was asked for. */
  repair: repairReportSchema.exactOptional(),
  /** What it would take, after a dry run. */
  repairCost: repairCostSchema.exactOptional(),
});

/** What comes of `exports.quantise`. */
export const quantiseOutcomeSchema = z.object({
  exportId: rowIdSchema.nullable(),
  files: z.array(exportFile),
  bytes: z.number(),
  seconds: z.number(),
  fullBytes: z.number(),
  /** Bytes of the tensors of each type, most first. */
  types: z.array(z.object({ type: z.string(), bytes: z.number() })),
  /** Where it was asked for. */
  repair: repairReportSchema.exactOptional(),
  /** What it would take, after a dry run. */
  repairCost: repairCostSchema.exactOptional(),
});

/** "owner/name" on a model hub. */
/** "owner/name" of a model hub. */
export const repositorySchema = z
  .string()
  .max(200)
  .regex(/^\w[\w.-]*\/\w[\w.-]*$/);
/** No file says which model it was made of, or under which licence; no stored choice keeps its experts. */
const publishGapSchema = z.enum(['baseModel', 'license', 'recipe']);
export type PublishGap = z.infer<typeof publishGapSchema>;

export const exportsCalls = {
  /** A file name that says what the file is, such as "Qwen3-30B-A3B-python-64e-Q4_K_M.gguf". */
  'exports.suggestName': {
    params: z.object({
      selectionId: rowIdSchema,
      /** That it is quantised to. Default: it is not. */
      quantType: quantTypeSchema.nullable().default(null),
    }),
    result: z.object({ name: z.string() }),
  },
  'exports.plan': { params: exportParams, result: exportPlanSchema },
  /** What the repair of a file will take that `exports.start` writes of the choice. Reads headers and counts tokens. Cancellable. */
  'exports.repairCost': {
    params: z.object({
      selectionId: rowIdSchema,
      repair: repairOptionsSchema,
      /** Of the file, as `exports.plan` says it. */
      bytes: z.number().positive(),
      /** That it is quantised to; null: it is not. */
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
        /** Where the matrix goes that is cut to the kept experts. Default: beside the file. */
        imatrixTarget: grantIdSchema.optional(),
        /** Checks everything, and says what would be written. */
        dryRun: z.boolean().default(false),
      }),
    }),
    result: jobIdSchema,
  },
  /** Writes the whole model in another type. */
  'exports.quantise': {
    params: z.object({
      model: modelRefSchema,
      target: grantIdSchema,
      quantise: quantiseOptionsSchema,
      /** By an importance matrix of the model, or by that which a run has collected. */
      imatrix: grantIdSchema.nullable().default(null),
      imatrixRun: rowIdSchema.nullable().default(null),
      split: z.enum(['single', 'keep']).default('single'),
      /** Parts of at most this size, such as "4GiB"; goes before `split`. */
      splitMax: z.string().max(64).nullable().default(null),
      /** The experts' down matrices are fitted to these demos then, where that is clearly better. */
      repair: repairOptionsSchema.nullable().default(null),
      overwrite: z.boolean(),
      /** Checks everything, and says what would be written. */
      dryRun: z.boolean().default(false),
    }),
    result: jobIdSchema,
  },
  'exports.list': { params: noParams, result: z.array(exportSchema) },
  /** Writes the model card of a pruned file; without a target beside it. Cancellable, as the next one. */
  'exports.card': {
    params: z.object({ subject: subjectSchema, target: grantIdSchema.nullable(), overwrite: z.boolean() }),
    result: z.object({ displayPath: z.string() }),
  },
  /**
   * Makes the folder of a pruned file as model hubs expect it: the file, its card, its recipe and hashes. Nothing is sent.
   * Cancellable.
   */
  'exports.publish': {
    params: z.object({
      subject: subjectSchema,
      /** The folder: empty, or to be made; null: beside the file. */
      target: grantIdSchema.nullable(),
      repository: repositorySchema.nullable(),
      /** The full model's, where its file does not say it. */
      baseModel: repositorySchema.nullable(),
    }),
    result: z.object({
      displayPath: z.string(),
      files: z.array(z.string()),
      /** Of the hub's own tool, for the shell of the engine's machine. */
      command: z.string(),
      /** What the card cannot say. */
      gaps: z.array(publishGapSchema),
    }),
  },
  /** Writes the recipe of a choice, or a list of its experts for another program, and says the recipe. */
  'exports.recipe': {
    params: z.object({
      subject: subjectSchema,
      form: z.enum(RECIPE_FORMS),
      /** `beside`: the file that it is of; null: nothing is written. */
      target: z.union([grantIdSchema, z.literal('beside')]).nullable(),
      overwrite: z.boolean(),
    }),
    result: z.object({ displayPath: z.string().nullable(), recipe: asMade(recipeFileSchema) }),
  },
  /** When served: lets the page download the file, each of its parts under an id. */
  'exports.download': {
    params: z.object({ exportId: rowIdSchema }),
    result: z.array(z.object({ id: grantIdSchema, name: z.string() })),
  },
  /** Shows the file in the system's file manager. When served, nothing happens. */
  'exports.reveal': { params: z.object({ exportId: rowIdSchema }), result: nothing },
} as const;

export const exportsEvents = {
  exports: {
    payload: z.object({}),
    updates: null,
    outdates: [
      'exports.list',
      'exports.plan',
      'library.list',
      'evaluations.verdicts',
      'evaluations.verdict',
      'fit.list',
    ],
  },
} as const;

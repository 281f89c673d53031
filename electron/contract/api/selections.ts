// Which experts to keep.
import { z } from 'zod';
import { FAST_CRITERIA } from '../criteria.ts';
import { intervalSchema } from '../interval.ts';
import { keptExpertsSchema } from '../kept-experts.ts';
import { expertRefSchema, groupingSchema, keepSchema, superExpertsSchema, typedKeepSchema } from '../requests.ts';
import { sentenceSchema } from '../sentences.ts';
import { tokenChoiceSchema } from '../token-classes.ts';
import { float64Array } from '../typed-arrays.ts';
import {
  errorDataSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  nothing,
  rowIdSchema,
  selectionHashSchema,
  undoSchema,
} from './common.ts';
import { criterionSchema, mixSchema, recordedCriterionSchema } from './runs.ts';

/** Whose outputs are far larger than all others'. */
const superExpertSchema = expertRefSchema.extend({
  /** The largest norm of its outputs, and over the median of its layer. */
  norm: z.number(),
  times: z.number(),
  /** Kept because of that; false: ranked like all others, or forbidden. */
  isPinned: z.boolean(),
});
export type SuperExpert = Readonly<z.infer<typeof superExpertSchema>>;

export const selectionRequestSchema = z.object({
  runIds: z.array(rowIdSchema).min(1).max(32),
  criterion: criterionSchema,
  keep: keepSchema,
  mix: mixSchema,
  pins: z.array(expertRefSchema),
  drops: z.array(expertRefSchema),
  grouping: groupingSchema,
  /** A token passes so many experts, fewer than the model says; without it as many as it says. */
  activeExperts: z.int().positive().exactOptional(),
  seed: z.int().nonnegative(),
  /** By which tokens experts are ranked; without it by all, as older versions did. */
  tokens: tokenChoiceSchema.exactOptional(),
  /** Whether super experts are kept whatever their score; without it they are ranked like all others, as in older versions. */
  superExperts: superExpertsSchema.exactOptional(),
});
export type SelectionRequest = Readonly<z.infer<typeof selectionRequestSchema>>;

/** The same by scores files, each of one domain, which say their model themselves. */
const filesRequestSchema = selectionRequestSchema.omit({ runIds: true }).extend({
  files: z.array(grantIdSchema).min(1),
  keep: typedKeepSchema,
  /** null: as the model asks for, where the scores tell tokens apart. */
  tokens: tokenChoiceSchema.nullable(),
});

/** By another count of a recipe's ranking. */
const recipeRequestSchema = selectionRequestSchema.pick({ pins: true, drops: true }).extend({
  recipe: grantIdSchema,
  /** That the recipe is for. */
  model: modelRefSchema,
  /** null: what the recipe keeps. */
  keep: typedKeepSchema.nullable(),
});

/** By a ranking, of Winnow or another program. */
const rankingRequestSchema = selectionRequestSchema.pick({ pins: true, drops: true, grouping: true }).extend({
  ranking: grantIdSchema,
  /** That experts are chosen in. */
  model: modelRefSchema,
  keep: typedKeepSchema,
});

const selectionResultSchema = z.object({
  keep: z.int(),
  nExpert: z.int(),
  /** Kept experts of each MoE layer, ascending. */
  kept: keptExpertsSchema,
  /** Retained score per layer, 0 to 1. */
  retained: float64Array,
  domains: z.array(z.object({ domain: z.string(), retained: z.number() })),
  /** Found by their outputs, the largest first; those that are not forbidden are pinned where that was asked for. */
  superExperts: z.array(superExpertSchema),
  /** Mean retained score if they were ranked like all others; null: that would be the same choice. */
  retainedUnpinned: z.number().nullable(),
  bytes: z.object({ full: z.number(), pruned: z.number() }).nullable(),
  /** The nearest counts of experts for which llama.cpp has a CUDA kernel of its own; none: so it has for this one. */
  fusedCounts: z.array(z.int()),
  /** What scores files say beside their scores; null: they were stored runs. */
  ofFiles: z
    .object({
      /** The model; its file's name alone where it is not at hand. */
      displayPath: z.string(),
      /** What the scores do not prove of it; null: nothing is left to prove, or it is not at hand. */
      said: sentenceSchema.nullable(),
      /** By which tokens experts were ranked. */
      tokens: tokenChoiceSchema,
      /** Whether the scores tell tokens apart; those of older versions do not. */
      tellsTokens: z.boolean(),
    })
    .nullable(),
});
export type SelectionResult = Readonly<z.infer<typeof selectionResultSchema>>;

/** What the ranking of a recipe keeps, which says nothing of scores. */
const recipeResultSchema = selectionResultSchema.pick({ keep: true, nExpert: true, kept: true }).extend({
  criterion: recordedCriterionSchema.nullable(),
  /** Sizes of the file. */
  bytes: selectionResultSchema.shape.bytes.unwrap(),
  /** The model. */
  displayPath: z.string(),
  /** What the recipe does not prove of it; null: nothing is left to prove. */
  said: sentenceSchema.nullable(),
});

/** What a ranking keeps. */
const rankingResultSchema = recipeResultSchema.extend({
  selectionId: rowIdSchema,
  /** As the ranking names it; null: a table does not. */
  criterion: z.string().nullable(),
  /** Mean retained score, 0 to 1. */
  retained: z.number(),
});

/** What a criterion's choice costs, beside the others. */
const rankedCriterionSchema = z.object({
  criterion: z.enum(FAST_CRITERIA),
  /** Mean KL divergence of the full model's distributions from those of its mask, in nats a token. */
  kl: intervalSchema,
  /** Perplexity over the full model's. */
  ratio: intervalSchema,
  /** Its KL divergence less the best one's, on the same tokens; null: it is the best. */
  overBest: intervalSchema.nullable(),
  /** Chance does not explain that it is worse: the 95 % interval of `overBest` is above 0. */
  isWorse: z.boolean(),
  /** It keeps the best one's experts. */
  isSame: z.boolean(),
});
export type RankedCriterion = Readonly<z.infer<typeof rankedCriterionSchema>>;

export const bestCriterionSchema = z.object({
  best: z.enum(FAST_CRITERIA),
  /** The best first. */
  criteria: z.array(rankedCriterionSchema),
  /** That were measured on: demos with scored tokens, of short ones several together. */
  units: z.int(),
  /** That were scored in them. */
  tokens: z.int(),
});
export type BestCriterion = Readonly<z.infer<typeof bestCriterionSchema>>;

const selectionSchema = z.object({
  id: rowIdSchema,
  hash: selectionHashSchema,
  /** Given, or one that says domains and count. */
  name: z.string(),
  isNamed: z.boolean(),
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  criterion: recordedCriterionSchema.nullable(),
  domains: z.array(z.string()),
  keep: z.int(),
  nExpert: z.int(),
  kept: keptExpertsSchema,
  /** Mean retained share; null for an imported mask. */
  retained: z.number().nullable(),
  grouping: groupingSchema,
  /** A token passes so many experts; null: as many as the model says. */
  activeExperts: z.int().positive().nullable(),
  /** By which tokens the experts were ranked; null: an imported mask. */
  tokens: tokenChoiceSchema.nullable(),
  /** null: an imported mask. */
  request: selectionRequestSchema.nullable(),
  createdMs: z.number(),
});
export type Selection = Readonly<z.infer<typeof selectionSchema>>;

/** A state of a choice that is edited. */
const stateSchema = selectionSchema
  .pick({ id: true, name: true, isNamed: true, keep: true, nExpert: true, request: true, createdMs: true })
  .extend({
    /** What it was changed from; null: it is the first that is known. */
    parentId: rowIdSchema.nullable(),
  });
export type SelectionState = Readonly<z.infer<typeof stateSchema>>;

const historySchema = z.object({
  /** Newest first. */
  states: z.array(stateSchema),
  /** What Undo and Redo lead to; null: there is nothing. */
  undo: rowIdSchema.nullable(),
  redo: rowIdSchema.nullable(),
});
export type SelectionHistory = Readonly<z.infer<typeof historySchema>>;

/** What limits a choice, whatever its criterion. */
const limitsSchema = selectionRequestSchema.pick({ runIds: true, pins: true, drops: true, grouping: true });

const stepSchema = z.object({
  /** Share of the experts: 0.75, 0.5, 0.25. */
  share: z.number(),
  /** The nearest count that is possible; null: none is. */
  keep: z.int().nullable(),
  /** Size of the file. */
  bytes: z.number().nullable(),
});

const fitSchema = z.object({
  /** `none`: even the smallest choice does not fit. */
  fits: z.enum(['all', 'some', 'none']),
  /** The most experts that fit without being tight, and the file's size with them; null unless some fit. */
  keep: z.int().nullable(),
  bytes: z.number().nullable(),
  /** What it is to fit, and how much of that may be taken. `vram` alone where a possible choice fits it. */
  place: z.enum(['vram', 'memory']),
  roomBytes: z.number(),
  /** Tokens of context that it leaves room for: as asked for, or as many as the model was made for. */
  ctx: z.int(),
});
export type MachineFit = Readonly<z.infer<typeof fitSchema>>;

const choiceFileSchema = z.object({
  kind: z.enum(['recipe', 'mask']),
  keep: z.int(),
  nLayers: z.int(),
  nExpert: z.int(),
  /** The model that it was made for, as people call it; null: a bare mask says none. */
  model: z.string().nullable(),
  /** Models of the library that it can be used for: the one that it was made for, then others, the last used first. */
  modelIds: z.array(modelIdSchema),
});
export type ChoiceFile = Readonly<z.infer<typeof choiceFileSchema>>;

export const selectionsCalls = {
  /** Looks whether JSON files hold a choice of experts. */
  'selections.recognise': {
    params: z.object({ grants: z.array(grantIdSchema).min(1).max(1000) }),
    result: z.array(
      z.object({
        grant: grantIdSchema,
        /** null: it holds none. */
        choice: choiceFileSchema.nullable(),
        /** It is meant as one, but cannot be used. */
        error: errorDataSchema.nullable(),
      }),
    ),
  },
  /** The counts that shares of the experts come to. */
  'selections.steps': { params: limitsSchema, result: z.array(stepSchema) },
  /** What fits this machine now with a context of `ctx` tokens, or of as many as the model was made for. */
  'selections.fit': { params: limitsSchema.extend({ ctx: z.int().min(1) }), result: fitSchema },
  /** Which experts the scores keep. Nothing is stored, unless that is asked for. */
  'selections.compute': {
    params: z.object({
      request: z.union([selectionRequestSchema, filesRequestSchema]),
      /** Stores the choice where its model is known here and it is not stored yet: files of it can say then where it comes from. */
      remember: z.boolean().default(false),
      /** Writes its mask. */
      mask: grantIdSchema.nullable().default(null),
    }),
    result: selectionResultSchema,
  },
  /** The same by a recipe in the place of scores. It is stored. */
  'selections.byRecipe': {
    params: z.object({ request: recipeRequestSchema, mask: grantIdSchema.nullable() }),
    result: recipeResultSchema,
  },
  /** The same by a ranking from elsewhere. It is stored. */
  'selections.byRanking': {
    params: z.object({ request: rankingRequestSchema, mask: grantIdSchema.nullable() }),
    result: rankingResultSchema,
  },
  /** Which criterion does best on a domain's demos that were not scored. */
  'selections.bestCriterion': {
    params: z.object({
      request: filesRequestSchema.omit({ criterion: true, mix: true, seed: true, activeExperts: true }),
      /** The domain's demo files. */
      demos: z.array(grantIdSchema).min(1),
      /** Tokens a chunk of the demos that are measured on. */
      chunkTokens: z.int().min(8),
    }),
    result: jobIdSchema,
  },
  'selections.save': {
    params: z.object({
      request: selectionRequestSchema,
      /** Empty: none. */
      name: z.string().max(120),
      /** The selection that it was changed from, whose history goes on; null: a choice of its own begins. */
      changedFrom: rowIdSchema.nullable().default(null),
    }),
    result: selectionSchema,
  },
  /**
   * The history of the selection's choice. Everything that was saved stays as it was, and can be gone back to: by choosing it in the
   * trail.
   */
  'selections.history': { params: z.object({ selectionId: rowIdSchema }), result: historySchema },
  /** Where each choice was left, and what was named, written or measured; the last used first. */
  'selections.list': { params: z.object({ modelId: modelIdSchema.nullable() }), result: z.array(selectionSchema) },
  'selections.get': { params: z.object({ selectionId: rowIdSchema }), result: selectionSchema },
  'selections.rename': {
    params: z.object({ selectionId: rowIdSchema, name: z.string().trim().min(1).max(120) }),
    result: selectionSchema,
  },
  'selections.delete': { params: z.object({ selectionId: rowIdSchema }), result: undoSchema },
  'selections.importMask': {
    params: z.object({ modelId: modelIdSchema, grant: grantIdSchema }),
    /** `said`: what the file does not prove, such as that it was made for the model's very file. */
    result: selectionSchema.extend({ said: z.array(sentenceSchema) }),
  },
  /** A document that also says the model, how its experts route, and by what they were chosen. */
  'selections.exportMask': { params: z.object({ selectionId: rowIdSchema, target: grantIdSchema }), result: nothing },
} as const;

export const selectionsEvents = {
  selections: {
    payload: z.object({}),
    updates: null,
    outdates: [
      'selections.list',
      'selections.get',
      'selections.history',
      'evaluations.verdicts',
      'evaluations.verdict',
    ],
  },
} as const;

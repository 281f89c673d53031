// Which experts to keep.
import { z } from 'zod';
import { keptExpertsSchema } from '../kept-experts.ts';
import { expertRefSchema, groupingSchema, keepSchema, superExpertsSchema, typedKeepSchema } from '../requests.ts';
import { sentenceSchema } from '../sentences.ts';
import { float64Array } from '../typed-arrays.ts';
import {
  errorDataSchema,
  grantIdSchema,
  modelIdSchema,
  rowIdSchema,
  selectionHashSchema,
  undoSchema,
} from './common.ts';
import { criterionSchema, mixSchema, recordedCriterionSchema } from './runs.ts';

/** An expert whose outputs are far larger than those of all others. */
const superExpertSchema = expertRefSchema.extend({
  /** The largest norm of its outputs, and the ratio of that to the median of its layer. */
  norm: z.number(),
  times: z.number(),
  /** It is kept for that reason; false: it was ranked like all others, or forbidden. */
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
  /** Experts that a token passes, fewer than the model's own number; absent: the model's number. */
  activeExperts: z.int().positive().exactOptional(),
  seed: z.int().nonnegative(),
  /** Whether super experts are kept whatever their score; absent: they are ranked like all others. */
  superExperts: superExpertsSchema.exactOptional(),
});
export type SelectionRequest = Readonly<z.infer<typeof selectionRequestSchema>>;

/** The same request with scores files, one per domain. */
const filesRequestSchema = selectionRequestSchema.omit({ runIds: true, seed: true }).extend({
  files: z.array(grantIdSchema).min(1),
  /** The model whose experts are chosen; null: the file that was scored, where the scores say. */
  model: grantIdSchema.nullable(),
  /** One that the files hold, under any name; null: the only one that they hold, or the usual one. */
  criterion: z.string().min(1).nullable(),
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
  /** Super experts found by their outputs, the largest first. If pinning was asked for, all that are not forbidden are pinned. */
  superExperts: z.array(superExpertSchema),
  /** Mean retained score if they were ranked like all others; null: the choice would be the same. */
  retainedUnpinned: z.number().nullable(),
  bytes: z.object({ full: z.number(), pruned: z.number() }).nullable(),
  /** The nearest numbers of experts for which llama.cpp has a special CUDA kernel; empty: it has one for this number. */
  fusedCounts: z.array(z.int()),
  /** What scores files say beside the scores; null: the scores came from stored runs. */
  ofFiles: z
    .object({
      /** The path of the model, or only its file's name if the file is not at hand. */
      displayPath: z.string(),
      /** What the scores do not prove about the model; null: everything is proved, or the model is not at hand. */
      said: sentenceSchema.nullable(),
      /** The criterion that chose. */
      criterion: z.string(),
    })
    .nullable(),
});
export type SelectionResult = Readonly<z.infer<typeof selectionResultSchema>>;

const selectionSchema = z.object({
  id: rowIdSchema,
  hash: selectionHashSchema,
  /** A given name, or one made of the domains and the count. */
  name: z.string(),
  isNamed: z.boolean(),
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  criterion: recordedCriterionSchema.nullable(),
  domains: z.array(z.string()),
  keep: z.int(),
  nExpert: z.int(),
  kept: keptExpertsSchema,
  /** Mean retained share; null: it is not known. */
  retained: z.number().nullable(),
  grouping: groupingSchema,
  /** Experts that a token passes; null: the model's own number. */
  activeExperts: z.int().positive().nullable(),
  /** null: not chosen from stored runs. */
  request: selectionRequestSchema.nullable(),
  createdMs: z.number(),
});
export type Selection = Readonly<z.infer<typeof selectionSchema>>;

/** A state in the history of a choice. */
const stateSchema = selectionSchema
  .pick({ id: true, name: true, isNamed: true, keep: true, nExpert: true, request: true, createdMs: true })
  .extend({
    /** The state that it was changed from; null: it is the first known one. */
    parentId: rowIdSchema.nullable(),
  });
export type SelectionState = Readonly<z.infer<typeof stateSchema>>;

const historySchema = z.object({
  /** Newest first. */
  states: z.array(stateSchema),
  /** The states that Undo and Redo lead to; null: there is none. */
  undo: rowIdSchema.nullable(),
  redo: rowIdSchema.nullable(),
});
export type SelectionHistory = Readonly<z.infer<typeof historySchema>>;

const recognisedChoiceSchema = z.object({
  keep: z.int(),
  nExpert: z.int(),
  /** The file of the model that it was made for. */
  model: z.string(),
  /** Models of the library that it can be used with: first the one that it was made for, then others, the last used first. */
  modelIds: z.array(modelIdSchema),
});
export type RecognisedChoice = Readonly<z.infer<typeof recognisedChoiceSchema>>;

export const selectionsCalls = {
  /** Checks whether JSON files hold a choice of experts. */
  'selections.recognise': {
    params: z.object({ grants: z.array(grantIdSchema).min(1).max(1000) }),
    result: z.array(
      z.object({
        grant: grantIdSchema,
        /** null: it holds none. */
        choice: recognisedChoiceSchema.nullable(),
        /** It is meant as a choice, but cannot be used. */
        error: errorDataSchema.nullable(),
      }),
    ),
  },
  /** Computes which experts the scores keep. The choice is only stored if asked for. */
  'selections.compute': {
    params: z.object({
      request: z.union([selectionRequestSchema, filesRequestSchema]),
      /** Stores the choice if its model is known here and it is not stored yet, so that files made of it can say where it comes from. */
      remember: z.boolean().default(false),
      /** Where to write its file; null: nowhere. */
      target: grantIdSchema.nullable().default(null),
    }),
    result: selectionResultSchema,
  },
  'selections.save': {
    params: z.object({
      request: selectionRequestSchema,
      /** Empty: it has no name. */
      name: z.string().max(120),
      /** The selection that it was changed from, whose history it continues; null: it begins a history of its own. */
      changedFrom: rowIdSchema.nullable().default(null),
    }),
    result: selectionSchema,
  },
  /**
   * The history of the selection's choice. Everything that was saved stays as it was, and can be returned to by
   * choosing it in the trail.
   */
  'selections.history': { params: z.object({ selectionId: rowIdSchema }), result: historySchema },
  /** The latest state of each choice, and every state that was named, written or measured; the last used first. */
  'selections.list': { params: z.object({ modelId: modelIdSchema.nullable() }), result: z.array(selectionSchema) },
  'selections.get': { params: z.object({ selectionId: rowIdSchema }), result: selectionSchema },
  'selections.rename': {
    params: z.object({ selectionId: rowIdSchema, name: z.string().trim().min(1).max(120) }),
    result: selectionSchema,
  },
  'selections.delete': { params: z.object({ selectionId: rowIdSchema }), result: undoSchema },
  'selections.importChoice': {
    params: z.object({ modelId: modelIdSchema, grant: grantIdSchema }),
    /** `said`: what the file does not prove, such as that it was made for exactly this model file. */
    result: selectionSchema.extend({ said: z.array(sentenceSchema) }),
  },
} as const;

export const selectionsEvents = {
  selections: {
    payload: z.object({}),
    updates: null,
    outdates: ['selections.list', 'selections.get', 'selections.history', 'evaluations.verdict', 'generations.list'],
  },
} as const;

// Models on this machine.
import { z } from 'zod';
import { publishedRepairSchema } from '../repair.ts';
import { identitySchema, modelInfoSchema } from '../model-info.ts';
import { sentenceSchema } from '../sentences.ts';
import { fileOutcomeSchema, grantIdSchema, modelIdSchema, noParams, nothing, rowIdSchema } from './common.ts';

export const MODEL_ORIGINS = [
  'lm-studio',
  'ollama',
  'llama.cpp',
  'hugging-face',
  'jan',
  'gpt4all',
  'folder',
  'file',
  'sample',
  'export',
] as const;
export type ModelOrigin = (typeof MODEL_ORIGINS)[number];

/** What the header of a model says. */
export const modelDetailsSchema = z.object({
  arch: z.string(),
  /** Quantisation, such as "Q4_K_M". */
  fileType: z.string(),
  /** In a file that Winnow wrote, some tensors have types of their own. */
  mixed: z.literal(true).exactOptional(),
  blockCount: z.int(),
  /** Block indices of the MoE layers. */
  moeLayers: z.array(z.int()),
  nExpert: z.int(),
  nExpertUsed: z.int(),
  nExpertGroups: z.int(),
  expertBytes: z.number(),
  contextLength: z.int(),
  nextnLayers: z.int(),
  /** Block indices of the prediction layers that scoring runs. */
  predictionLayers: z.array(z.int()).exactOptional(),
  /**
   * For a file that Winnow wrote: what it was pruned from, and how. Keys winnow.source.name, winnow.source.fingerprint,
   * winnow.source.expert_count, winnow.criterion, winnow.domains (separated by commas), winnow.kept (experts per
   * layer), winnow.source.expert_width and winnow.expert_width (neurons of an expert), each present if the file has it.
   */
  provenance: z.record(z.string(), z.string()).nullable(),
});

export const modelEntrySchema = z.object({
  id: modelIdSchema,
  name: z.string(),
  /** The path as people know it on this machine, such as "~/models/…" below the home folder. */
  displayPath: z.string(),
  publisher: z.string().nullable(),
  origin: z.enum(MODEL_ORIGINS),
  bytes: z.number(),
  parts: z.int(),
  modifiedMs: z.number(),
  lastUsedMs: z.number().nullable(),
  /** null: the header has not been read yet, or the file is not usable. */
  details: modelDetailsSchema.nullable(),
  /** `ready`: llama.cpp loads it; `dense`/`refused`: its header shows that it cannot be pruned; `unusable`: anything else. */
  state: z.enum(['reading', 'ready', 'dense', 'refused', 'unusable']),
  /** The reason for a state other than the first two, in a sentence. */
  reason: sentenceSchema.nullable(),
});
export type ModelEntry = Readonly<z.infer<typeof modelEntrySchema>>;

const modelFolderSchema = z.object({
  displayPath: z.string(),
  origin: z.enum(MODEL_ORIGINS),
  models: z.int(),
  /** Why it could not be read; null: it was. */
  problem: sentenceSchema.nullable(),
  /** The user added it, so it can be removed. */
  removable: z.boolean(),
});
export type ModelFolder = Readonly<z.infer<typeof modelFolderSchema>>;

const memoryNeedSchema = z.object({
  weightsBytes: z.number(),
  kvBytes: z.number(),
  computeBytes: z.number(),
});

/** Where a model fits. `gpu`: all in VRAM; `mixed`: VRAM and RAM together; `ram`; `tight`: within 10 % of RAM; `disk`: runs from disk. */
const verdictSchema = z.enum(['gpu', 'mixed', 'ram', 'tight', 'disk']);

/** Memory of this machine itself, not counting machines that lend theirs. */
const freeMemorySchema = z.object({
  ram: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
  /** All GPUs together; null: there is none. `isShared`: it is part of the RAM. */
  vram: z.object({ totalBytes: z.number(), freeBytes: z.number(), isShared: z.boolean() }).nullable(),
});
export type FreeMemory = Readonly<z.infer<typeof freeMemorySchema>>;

/** Memory that a model needs for a conversation, against what this machine has. */
export const memoryFitSchema = z.object({
  /** Tokens of context: the number that was asked for, or what the model was trained for, whichever is less. */
  ctx: z.int(),
  full: memoryNeedSchema,
  /** With `keep` experts per layer. */
  pruned: memoryNeedSchema.nullable(),
  /** The header does not give the true size of the cache, which is usually smaller than `kvBytes`. Compute is always a rough figure. */
  kvIsEstimated: z.boolean(),
  ...freeMemorySchema.shape,
  /** The most that a model may take without being tight: of the GPUs' memory alone (null: no GPU), and of all memory. */
  room: z.object({ vram: z.number().nullable(), memory: z.number() }),
  verdict: verdictSchema,
  prunedVerdict: verdictSchema.nullable(),
});
export type MemoryFit = Readonly<z.infer<typeof memoryFitSchema>>;

const inspectedSchema = modelInfoSchema.omit({ path: true, parts: true, sampled: true, kindred: true }).extend({
  /** Path of the first part. */
  displayPath: z.string(),
  parts: z.int(),
  /** null: not known, and it was not asked for. */
  fingerprint: identitySchema.shape.fingerprint.nullable(),
  provenance: modelDetailsSchema.shape.provenance,
  /** null: the experts' down matrices are as pruning or quantising left them. */
  repaired: publishedRepairSchema.nullable(),
});
export type Inspected = Readonly<z.infer<typeof inspectedSchema>>;

export const libraryCalls = {
  'library.list': { params: noParams, result: z.array(modelEntrySchema) },
  'library.get': { params: z.object({ modelId: modelIdSchema }), result: modelEntrySchema },
  /** Looks through all folders again; answers when done. */
  'library.scan': { params: noParams, result: z.object({ models: z.int(), folders: z.int() }) },
  'library.add': {
    params: z.object({ grants: z.array(grantIdSchema).min(1).max(1000) }),
    result: z.array(fileOutcomeSchema.extend({ modelId: modelIdSchema.nullable() })),
  },
  /** Removes a model that was added by hand from the list. The file stays. */
  'library.remove': { params: z.object({ modelId: modelIdSchema }), result: nothing },
  'library.folders': { params: noParams, result: z.array(modelFolderSchema) },
  'library.addFolder': { params: z.object({ grant: grantIdSchema }), result: modelFolderSchema },
  'library.removeFolder': { params: z.object({ displayPath: z.string() }), result: nothing },
  'library.memory': {
    params: z.object({
      modelId: modelIdSchema,
      ctx: z.int().min(1),
      /** Experts kept per layer, for the pruned column. */
      keep: z.int().positive().nullable(),
    }),
    result: memoryFitSchema,
  },
  /** The memory of this machine alone. */
  'library.machine': { params: noParams, result: memoryFitSchema.pick({ ram: true, vram: true }) },
  /** What the headers of a file say, and whether llama.cpp loads it. Cancellable. */
  'library.inspect': {
    params: z.object({
      grant: grantIdSchema,
      /** Reads every byte once if the file's identity is not known yet. */
      identify: z.boolean(),
    }),
    result: inspectedSchema,
  },
  'library.reveal': { params: z.object({ modelId: modelIdSchema }), result: nothing },
  /** Adds the bundled model, its domains, demos and held-out texts; a repeated call finds them. */
  'sample.open': {
    params: noParams,
    result: z.object({ modelId: modelIdSchema, domainId: rowIdSchema }),
  },
} as const;

export const libraryEvents = {
  /** The list changed, and with it which of its models the runs, selections, exports and measurements refer to. */
  library: {
    payload: z.object({ scanning: z.boolean() }),
    updates: null,
    outdates: [
      'library.list',
      'library.get',
      'library.folders',
      'library.memory',
      'exports.list',
      'runs.list',
      'runs.get',
      'selections.list',
      'selections.get',
      'evaluations.verdict',
      'selections.compute',
      'generations.list',
      'fit.list',
    ],
  },
} as const;

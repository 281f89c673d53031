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

/** What the header says. */
export const modelDetailsSchema = z.object({
  arch: z.string(),
  /** Quantisation, such as "Q4_K_M". */
  fileType: z.string(),
  /** Some of its tensors have types of their own, of a file that Winnow wrote. */
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
  /** Block indices of those of them that scoring runs. */
  predictionLayers: z.array(z.int()).exactOptional(),
  /**
   * A file that Winnow wrote: what it was pruned from and how. Keys winnow.source.name, winnow.source.fingerprint,
   * winnow.source.expert_count, winnow.criterion, winnow.domains (separated by commas), winnow.kept (experts a layer),
   * winnow.source.expert_width and winnow.expert_width (neurons of an expert), each where the file has it.
   */
  provenance: z.record(z.string(), z.string()).nullable(),
});

export const modelEntrySchema = z.object({
  id: modelIdSchema,
  name: z.string(),
  /** As people name it on this machine, for example below their home folder as "~/models/…". */
  displayPath: z.string(),
  publisher: z.string().nullable(),
  origin: z.enum(MODEL_ORIGINS),
  bytes: z.number(),
  parts: z.int(),
  modifiedMs: z.number(),
  lastUsedMs: z.number().nullable(),
  /** null until the header was read, and for files that are not usable. */
  details: modelDetailsSchema.nullable(),
  /** `ready`: llama.cpp loads it; `dense`/`refused`: cannot be pruned, by its header; `unusable`: all others. */
  state: z.enum(['reading', 'ready', 'dense', 'refused', 'unusable']),
  /** Why, in a sentence, where the state is none of the first two. */
  reason: sentenceSchema.nullable(),
});
export type ModelEntry = Readonly<z.infer<typeof modelEntrySchema>>;

const modelFolderSchema = z.object({
  displayPath: z.string(),
  origin: z.enum(MODEL_ORIGINS),
  models: z.int(),
  /** Why it could not be read; null: it was. */
  problem: sentenceSchema.nullable(),
  /** Added by the user: it can be removed. */
  removable: z.boolean(),
});
export type ModelFolder = Readonly<z.infer<typeof modelFolderSchema>>;

const memoryNeedSchema = z.object({
  weightsBytes: z.number(),
  kvBytes: z.number(),
  computeBytes: z.number(),
});

/** `gpu`: all in VRAM; `mixed`: VRAM and RAM together; `ram`; `tight`: within 10 % of RAM; `disk`: runs from disk. */
const verdictSchema = z.enum(['gpu', 'mixed', 'ram', 'tight', 'disk']);
export type MemoryVerdict = z.infer<typeof verdictSchema>;

/** Memory of a machine, without others that lend theirs. */
const freeMemorySchema = z.object({
  ram: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
  /** All GPUs together; null: none. `isShared`: it is a part of the RAM. */
  vram: z.object({ totalBytes: z.number(), freeBytes: z.number(), isShared: z.boolean() }).nullable(),
});
export type FreeMemory = Readonly<z.infer<typeof freeMemorySchema>>;

/** Memory of a model in a conversation, against this machine. */
export const memoryFitSchema = z.object({
  /** Tokens: as asked for, or as many as the model was made for where that is less. */
  ctx: z.int(),
  full: memoryNeedSchema,
  /** With `keep` experts a layer. */
  pruned: memoryNeedSchema.nullable(),
  /** The header does not say the cache's true size; in most cases it is smaller than `kvBytes`. Compute is always rough. */
  kvIsEstimated: z.boolean(),
  ...freeMemorySchema.shape,
  /** What a model may take without being tight: of the GPUs' memory alone, null without one; of all memory. */
  room: z.object({ vram: z.number().nullable(), memory: z.number() }),
  verdict: verdictSchema,
  prunedVerdict: verdictSchema.nullable(),
});
export type MemoryFit = Readonly<z.infer<typeof memoryFitSchema>>;

/** A model that others published: known by name, whether or not it is on this machine. */
const publishedModelSchema = z.object({
  name: z.string(),
  /** Repository of GGUF files on huggingface.co. */
  repository: z.string(),
  nExpert: z.int(),
  nExpertUsed: z.int(),
  /** Experts a layer that `prunedBytes` are with. */
  keep: z.int(),
  /** The usual quantisation first. */
  files: z.array(
    z.object({
      fileType: z.string(),
      bytes: z.number(),
      prunedBytes: z.number(),
      verdict: verdictSchema,
      prunedVerdict: verdictSchema,
    }),
  ),
});
export type PublishedModel = Readonly<z.infer<typeof publishedModelSchema>>;

const inspectedSchema = modelInfoSchema.omit({ path: true, parts: true, sampled: true, kindred: true }).extend({
  /** Path of the first part. */
  displayPath: z.string(),
  parts: z.int(),
  /** null: not known, and not asked for. */
  fingerprint: identitySchema.shape.fingerprint.nullable(),
  provenance: modelDetailsSchema.shape.provenance,
  /** null: its experts' down matrices are as pruning or quantising left them. */
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
  /** Takes a model that was added by hand out of the list. The file stays. */
  'library.remove': { params: z.object({ modelId: modelIdSchema }), result: nothing },
  'library.folders': { params: noParams, result: z.array(modelFolderSchema) },
  'library.addFolder': { params: z.object({ grant: grantIdSchema }), result: modelFolderSchema },
  'library.removeFolder': { params: z.object({ displayPath: z.string() }), result: nothing },
  'library.memory': {
    params: z.object({
      modelId: modelIdSchema,
      ctx: z.int().min(1),
      /** Experts kept a layer, for the pruned column. */
      keep: z.int().positive().nullable(),
    }),
    result: memoryFitSchema,
  },
  /** This machine's alone. */
  'library.machine': { params: noParams, result: memoryFitSchema.pick({ ram: true, vram: true }) },
  /** Models worth pruning, by size, against this machine's memory with a conversation of `ctx` tokens. */
  'library.published': {
    params: z.object({ ctx: z.int().min(1) }),
    result: z.array(publishedModelSchema),
  },
  /** What a file's headers say, and whether llama.cpp loads it. Cancellable. */
  'library.inspect': {
    params: z.object({
      grant: grantIdSchema,
      /** Reads every byte once where nobody knows yet which file it is. */
      identify: z.boolean(),
    }),
    result: inspectedSchema,
  },
  'library.reveal': { params: z.object({ modelId: modelIdSchema }), result: nothing },
  /** Adds the bundled model, its domains, demos and held-out texts. Again: finds them. */
  'sample.open': {
    params: noParams,
    result: z.object({ modelId: modelIdSchema, domainId: rowIdSchema }),
  },
} as const;

export const libraryEvents = {
  /** The list changed, and with it which of its models runs, selections, exports and measurements are of. */
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
      'evaluations.verdicts',
      'evaluations.verdict',
      'selections.compute',
      'selections.fit',
      'evaluations.list',
      'generations.list',
      'fit.list',
    ],
  },
} as const;

// Models and demo files on the model hub.
import { z } from 'zod';
import { modelInfoSchema } from '../model-info.ts';
import { jobIdSchema, modelIdSchema } from './common.ts';
import { memoryFitSchema } from './library.ts';

/** "hf:owner/name:Q4_K_M", "hf:owner/name/file.gguf", "hf:datasets/owner/name/file.parquet", or the address of such a page. */
export const hubAddressSchema = z.string().trim().min(1).max(1000);

export const hubFileSchema = z.object({
  /** The file's name on this machine. */
  name: z.string(),
  bytes: z.number().positive(),
  /** null: the hub does not state one, so only the file's size is checked. */
  sha256: z.string().nullable(),
});

/** What the header of a model says, and how much of the model would fit this machine's memory. */
const hubModelSchema = modelInfoSchema
  .pick({
    arch: true,
    name: true,
    fileType: true,
    blockCount: true,
    moeLayers: true,
    prunable: true,
    nExpert: true,
    nExpertUsed: true,
    contextLength: true,
  })
  .extend({
    /** Memory needed; the pruned side has `keep` experts per layer. */
    fit: memoryFitSchema,
    /**
     * The most experts per layer that fit; null: the whole model fits, even the smallest choice does not, or the model
     * cannot be pruned.
     */
    keep: z.int().positive().nullable(),
  });

const hubLookSchema = z.object({
  files: z.array(hubFileSchema),
  bytes: z.number(),
  /** Free space of the disk that it would be stored on. */
  freeBytes: z.number(),
  /** null: it is a file of demos. */
  model: hubModelSchema.nullable(),
});
export type HubLook = Readonly<z.infer<typeof hubLookSchema>>;

/** The outcome of `hub.get`. */
export const gotSchema = z.object({
  /** Path of the first file. */
  displayPath: z.string(),
  files: z.array(hubFileSchema),
  bytes: z.number(),
  seconds: z.number(),
});
export type Got = Readonly<z.infer<typeof gotSchema>>;

export const hubCalls = {
  /** What an address refers to on this machine; null: it is not here. The hub is not contacted. */
  'hub.find': {
    params: z.object({ address: hubAddressSchema }),
    result: z
      .object({
        displayPath: z.string(),
        /** null: it is not a model, or it is in no list. */
        modelId: modelIdSchema.nullable(),
      })
      .nullable(),
  },
  /** What the hub says about an address. For a model, only its header is read. Cancellable. */
  'hub.look': {
    params: z.object({
      address: hubAddressSchema,
      /** Tokens of a conversation that has to fit, too. */
      ctx: z.int().min(1),
    }),
    result: hubLookSchema,
  },
  /** Downloads a file into Winnow's folder, where lists find it, unless it is there. A repeated call resumes where the last one stopped. */
  'hub.get': { params: z.object({ address: hubAddressSchema }), result: jobIdSchema },
} as const;

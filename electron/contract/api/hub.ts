// Models and files of demos on the model hub.
import { z } from 'zod';
import { modelInfoSchema } from '../model-info.ts';
import { jobIdSchema, modelIdSchema } from './common.ts';
import { memoryFitSchema } from './library.ts';

/** "hf:owner/name:Q4_K_M", "hf:owner/name/file.gguf", "hf:datasets/owner/name/file.parquet", or such a page's address. */
export const hubAddressSchema = z.string().trim().min(1).max(1000);

export const hubFileSchema = z.object({
  /** On this machine. */
  name: z.string(),
  bytes: z.number().positive(),
  /** null: the hub does not tell one, so that the file's size alone is checked. */
  sha256: z.string().nullable(),
});

/** What its header says, and what of it would fit this machine's memory. */
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
    /** With `keep` experts a layer as its pruned side. */
    fit: memoryFitSchema,
    /** As many experts a layer as fit; null: the whole model fits, or even the smallest does not, or it cannot be pruned. */
    keep: z.int().positive().nullable(),
  });

const hubLookSchema = z.object({
  files: z.array(hubFileSchema),
  bytes: z.number(),
  /** Of the disk that it would go to. */
  freeBytes: z.number(),
  /** null: a file of demos. */
  model: hubModelSchema.nullable(),
});
export type HubLook = Readonly<z.infer<typeof hubLookSchema>>;

/** What came of it. */
export const gotSchema = z.object({
  /** The first file. */
  displayPath: z.string(),
  files: z.array(hubFileSchema),
  bytes: z.number(),
  seconds: z.number(),
});
export type Got = Readonly<z.infer<typeof gotSchema>>;

export const hubCalls = {
  /** What an address names on this machine; null: it is not here. Nobody is asked. */
  'hub.find': {
    params: z.object({ address: hubAddressSchema }),
    result: z
      .object({
        displayPath: z.string(),
        /** null: it is no model, or in no list. */
        modelId: modelIdSchema.nullable(),
      })
      .nullable(),
  },
  /** What the hub says of an address. Of a model its header is read, and nothing else. Cancellable. */
  'hub.look': {
    params: z.object({
      address: hubAddressSchema,
      /** Tokens of the conversation that must fit, too. */
      ctx: z.int().min(1),
    }),
    result: hubLookSchema,
  },
  /** Gets it into Winnow's folder, where lists find it, unless it is there. The same again goes on where it stopped. */
  'hub.get': { params: z.object({ address: hubAddressSchema }), result: jobIdSchema },
} as const;

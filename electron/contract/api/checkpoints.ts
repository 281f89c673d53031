// Cutting original checkpoints: safetensors as they are published, for runtimes other than llama.cpp.
import { z } from 'zod';
import { groupingSchema, nextnSchema } from '../requests.ts';
import { sentenceSchema } from '../sentences.ts';
import { grantIdSchema, jobIdSchema, modelRefSchema, storedChoiceSchema } from './common.ts';

/** Which experts are kept: of a selection, or as a mask or a recipe says it. */
const checkpointChoiceSchema = z.discriminatedUnion('kind', [
  storedChoiceSchema,
  z.object({ kind: z.literal('mask'), mask: grantIdSchema }),
  z.object({ kind: z.literal('recipe'), recipe: grantIdSchema }),
]);

/** What comes of `checkpoints.start`. */
export const checkpointOutcomeSchema = z.object({
  displayPath: z.string(),
  /** As config.json names the kind of model. */
  modelType: z.string(),
  keep: z.int(),
  nExpert: z.int(),
  kept: z.array(z.array(z.int())),
  /** What shows that the choice is of this model: its routers, value for value, or nothing but shapes. */
  proved: z.enum(['routers', 'shape']),
  /** Of the weights; planned ones without hash after a dry run. */
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string().nullable() })),
  /** Files that were copied beside them, and what was not. */
  copied: z.int(),
  leftOut: z.array(z.string()),
  bytes: z.number(),
  fullBytes: z.number(),
  seconds: z.number(),
  warnings: z.array(sentenceSchema),
});
export type CheckpointOutcome = Readonly<z.infer<typeof checkpointOutcomeSchema>>;

export const checkpointsCalls = {
  /** Writes a smaller checkpoint in the layout of the original: kept experts byte for byte. */
  'checkpoints.start': {
    params: z.object({
      /** Its folder. */
      checkpoint: grantIdSchema,
      choice: checkpointChoiceSchema,
      /** The file that the experts were chosen in, to compare routers with. Default: where it was seen last. */
      model: modelRefSchema.nullable().default(null),
      /** The new folder. */
      target: grantIdSchema,
      /** Layers that predict further tokens. */
      nextn: nextnSchema,
      /** Default: as the choice says it. */
      grouping: groupingSchema.optional(),
      activeExperts: z.int().positive().optional(),
      allowFewerUsed: z.boolean().default(false),
      /** Checks everything, and says what would be written. */
      dryRun: z.boolean().default(false),
    }),
    result: jobIdSchema,
  },
} as const;

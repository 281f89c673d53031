// Cutting original checkpoints: safetensors as published, for runtimes other than llama.cpp.
import { z } from 'zod';
import { checkpointRequestSchema } from '../requests.ts';
import { sentenceSchema } from '../sentences.ts';
import { grantIdSchema, jobIdSchema, modelRefSchema, storedChoiceSchema } from './common.ts';

/** The kept experts: from a selection, or the file of a choice. */
const checkpointChoiceSchema = z.discriminatedUnion('kind', [
  storedChoiceSchema,
  z.object({ kind: z.literal('file'), file: grantIdSchema }),
]);

/** The outcome of `checkpoints.start`. */
export const checkpointOutcomeSchema = z.object({
  displayPath: z.string(),
  /** The kind of model, as config.json names it. */
  modelType: z.string(),
  keep: z.int(),
  nExpert: z.int(),
  kept: z.array(z.array(z.int())),
  /** What shows that the choice belongs to this model: its routers, value for value, or only the shapes. */
  proved: z.enum(['routers', 'shape']),
  /** The files with the weights; after a dry run, the planned ones, without hashes. */
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string().nullable() })),
  /** How many files were copied beside them, and which were not. */
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
    params: checkpointRequestSchema.omit({ selectionId: true, output: true }).extend({
      /** The folder of the checkpoint. */
      checkpoint: grantIdSchema,
      choice: checkpointChoiceSchema,
      /** The GGUF file that the experts were chosen in, to compare the routers with. Default: where it was last seen. */
      model: modelRefSchema.optional(),
      /** The folder to make. */
      target: grantIdSchema,
    }),
    result: jobIdSchema,
  },
} as const;

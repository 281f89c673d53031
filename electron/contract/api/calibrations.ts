// Fitting a choice of experts to the full model, for a file that pruning takes.
import { z } from 'zod';
import { calibrationGateSchema } from '../calibration.ts';
import { fittedPartsSchema } from '../fitted-parts.ts';
import { repairCostSchema } from '../repair.ts';
import { groupingSchema } from '../requests.ts';
import { limitBySchema } from '../taken-demos.ts';
import { choiceFileSchema, demoFilesSchema, grantIdSchema, jobIdSchema } from './common.ts';

/** Mean errors of the stream behind a block, by its square, before and after. */
const blockErrors = z.object({ before: z.number(), after: z.number() });

/** What comes of `calibrations.start`. */
export const calibrationOutcomeSchema = z.object({
  cost: repairCostSchema,
  /** null: a dry run. */
  gate: calibrationGateSchema.nullable(),
  /** Of its router on the demos that said when to stop, of its matrices on all that were fitted to; null: not fitted. */
  blocks: z.array(z.object({ block: z.int(), routers: blockErrors.nullable(), down: blockErrors.nullable() })),
  /** null: it is not worth it, or a dry run. */
  file: z.object({ displayPath: z.string(), bytes: z.number(), sha256: z.string() }).nullable(),
  seconds: z.number(),
});
export type CalibrationOutcome = Readonly<z.infer<typeof calibrationOutcomeSchema>>;

export const calibrationsCalls = {
  'calibrations.start': {
    params: z.object({
      choice: choiceFileSchema,
      demos: demoFilesSchema,
      /** Default: both. */
      parts: fittedPartsSchema.optional(),
      /** At most so many demos. */
      limit: z.int().positive(),
      limitBy: limitBySchema.optional(),
      limitSeed: z.int().nonnegative().optional(),
      /** Of each demo, at most: of longer ones a window with the answer in it. Default: what all of them may have together. */
      maxTokens: z.int().min(16).optional(),
      /** Default: as the choice says it. */
      grouping: groupingSchema.optional(),
      activeExperts: z.int().positive().optional(),
      target: grantIdSchema,
      overwrite: z.boolean(),
      /** Checks everything, and says what it would take. */
      dryRun: z.boolean(),
    }),
    result: jobIdSchema,
  },
} as const;

// Fitting a choice of experts to the full model: makes a file that pruning can use.
import { z } from 'zod';
import { calibrationGateSchema } from '../calibration.ts';
import { fittedPartsSchema } from '../fitted-parts.ts';
import { repairCostSchema } from '../repair.ts';
import { groupingSchema } from '../requests.ts';
import { limitBySchema } from '../taken-demos.ts';
import { choiceFileSchema, demoFilesSchema, grantIdSchema, jobIdSchema } from './common.ts';

/** Mean errors of the residual stream behind a block, relative to its square, before and after. */
const blockErrors = z.object({ before: z.number(), after: z.number() });

/** The outcome of `calibrations.start`. */
export const calibrationOutcomeSchema = z.object({
  cost: repairCostSchema,
  /** null: a dry run. */
  gate: calibrationGateSchema.nullable(),
  /** The router's errors are on the demos that decided when to stop, the matrices' on all demos that were fitted to; null: not fitted. */
  blocks: z.array(z.object({ block: z.int(), routers: blockErrors.nullable(), down: blockErrors.nullable() })),
  /** null: it is not worth writing, or a dry run. */
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
      /** The most demos to use. */
      limit: z.int().positive(),
      limitBy: limitBySchema.optional(),
      limitSeed: z.int().nonnegative().optional(),
      /** The most tokens of each demo; of a longer demo, a window that holds the answer. Default: the limit for all demos together. */
      maxTokens: z.int().min(16).optional(),
      /** Default: as in the choice. */
      grouping: groupingSchema.optional(),
      activeExperts: z.int().positive().optional(),
      target: grantIdSchema,
      overwrite: z.boolean(),
      /** Checks everything, and reports what the fitting would cost. */
      dryRun: z.boolean(),
    }),
    result: jobIdSchema,
  },
} as const;

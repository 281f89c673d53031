// Fitting the routers of a choice to the experts that it keeps.
import { z } from 'zod';
import { calibrationCostSchema, calibrationFactsSchema, calibrationGateSchema } from '../calibration.ts';
import { groupingSchema } from '../requests.ts';
import { limitBySchema } from '../taken-demos.ts';
import {
  choiceFileSchema,
  demoFilesSchema,
  grantIdSchema,
  jobIdSchema,
  rowIdSchema,
  storedChoiceSchema,
} from './common.ts';

const ofSelection = z.object({ selectionId: rowIdSchema });

const calibrationSchema = z.object({
  id: rowIdSchema,
  facts: calibrationFactsSchema,
  /** The calibrated routers are there, to be written into a file. Those that are not clearly better are not kept. */
  isUsable: z.boolean(),
  createdMs: z.number(),
});
export type Calibration = Readonly<z.infer<typeof calibrationSchema>>;

/** What comes of `calibrations.start`. */
export const calibrationOutcomeSchema = z.object({
  cost: calibrationCostSchema,
  /** null: a dry run. */
  gate: calibrationGateSchema.nullable(),
  /** Error of each block on the demos held aside, by the squared stream, before and after. */
  blocks: z.array(z.object({ block: z.int(), before: z.number(), after: z.number() })),
  /** null: it is not worth it, or a dry run. */
  file: z.object({ displayPath: z.string(), bytes: z.number(), sha256: z.string() }).nullable(),
  seconds: z.number(),
});
export type CalibrationOutcome = Readonly<z.infer<typeof calibrationOutcomeSchema>>;

export const calibrationsCalls = {
  /** What `calibrations.start` would take. Reads headers and counts tokens. Cancellable. */
  'calibrations.estimate': { params: ofSelection, result: calibrationCostSchema },
  'calibrations.start': {
    params: z.discriminatedUnion('kind', [
      /** With the demos that the experts were chosen by; what is found is kept for all files of the choice. */
      storedChoiceSchema,
      /** With these demos; what is found goes to a file. */
      z.object({
        kind: z.literal('files'),
        choice: choiceFileSchema,
        demos: demoFilesSchema,
        /** At most so many demos. */
        limit: z.int().positive(),
        limitBy: limitBySchema.optional(),
        limitSeed: z.int().nonnegative().optional(),
        /** Cuts each demo: all of them pass the model at once. */
        maxTokens: z.int().min(16),
        /** Default: as the choice says it. */
        grouping: groupingSchema.optional(),
        activeExperts: z.int().positive().optional(),
        target: grantIdSchema,
        overwrite: z.boolean(),
        /** Checks everything, and says what it would take. */
        dryRun: z.boolean(),
      }),
    ]),
    result: jobIdSchema,
  },
  /** What was found last, whichever selection of these experts it was asked for; null: they were not fitted yet. */
  'calibrations.get': { params: ofSelection, result: calibrationSchema.nullable() },
} as const;

export const calibrationsEvents = {
  calibrations: { payload: z.object({}), updates: null, outdates: ['calibrations.get', 'exports.plan'] },
} as const;

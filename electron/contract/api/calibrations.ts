// Fitting the routers of a choice to the experts that it keeps.
import { z } from 'zod';
import { calibrationCostSchema, calibrationFactsSchema } from '../calibration.ts';
import { jobIdSchema, rowIdSchema } from './common.ts';

const ofSelection = z.object({ selectionId: rowIdSchema });

const calibrationSchema = z.object({
  id: rowIdSchema,
  facts: calibrationFactsSchema,
  /** The fitted routers are there, to be written into a file. Those that are not clearly better are not kept. */
  isUsable: z.boolean(),
  createdMs: z.number(),
});
export type Calibration = Readonly<z.infer<typeof calibrationSchema>>;

export const calibrationsCalls = {
  /** What `calibrations.start` would take. Reads headers and counts tokens. Cancellable. */
  'calibrations.estimate': { params: ofSelection, result: calibrationCostSchema },
  /** Fits them with the demos that the experts were chosen by, and keeps what is found for all files of the choice. */
  'calibrations.start': { params: ofSelection, result: jobIdSchema },
  /** What was found last, whichever selection of these experts it was asked for; null: they were not fitted yet. */
  'calibrations.get': { params: ofSelection, result: calibrationSchema.nullable() },
} as const;

export const calibrationsEvents = {
  calibrations: { payload: z.object({}), updates: null, outdates: ['calibrations.get', 'exports.plan'] },
} as const;

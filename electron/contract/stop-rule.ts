// When scoring may end before all demos are scored: when the choice that they lead to hardly changes any more.
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import { tokenChoiceSchema } from './token-classes.ts';

/** Share of the kept experts that may still change, unless the user says otherwise. */
export const STABLE_SHARE = 0.05;
/** How surely no more than that changes. */
export const STOP_CONFIDENCE = 0.95;

/** The choice that has to be stable, and how far, as it was asked for. */
export const stopRequestSchema = z.object({
  /** Experts a layer: a count or a share. */
  keep: z.string(),
  criterion: z.enum(CRITERIA),
  /** By which tokens. Default: as the model asks for. */
  tokens: tokenChoiceSchema.optional(),
  /** The share of the kept experts that may still change. */
  share: z.number().positive().lt(1),
});
export type StopRequest = z.infer<typeof stopRequestSchema>;

/** The same, settled for a model. */
export const stopRuleSchema = stopRequestSchema.extend({
  keep: z.int().positive(),
  tokens: tokenChoiceSchema,
  confidence: z.number().positive().lt(1),
});
export type StopRule = Readonly<z.infer<typeof stopRuleSchema>>;

/** What was found when a run ended by its rule. */
export const stoppedSchema = z.object({
  /** With the rule's confidence, no more of the kept experts than this share would still change. */
  share: z.number().min(0).max(1),
});
export type Stopped = Readonly<z.infer<typeof stoppedSchema>>;

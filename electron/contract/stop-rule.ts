// When scoring may end before all demos are scored: when the resulting choice hardly changes any more.
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import { tokenChoiceSchema } from './token-classes.ts';

/** Default share of the kept experts that may still change. */
export const STABLE_SHARE = 0.05;
/** The confidence that no larger share changes. */
export const STOP_CONFIDENCE = 0.95;

/** The choice that has to be stable, and how stable, as asked for. */
export const stopRequestSchema = z.object({
  /** Experts a layer: a count or a share. */
  keep: z.string(),
  criterion: z.enum(CRITERIA),
  /** The tokens to rank by. Default: as suits the model. */
  tokens: tokenChoiceSchema.optional(),
  /** The share of the kept experts that may still change. */
  share: z.number().positive().lt(1),
});
export type StopRequest = z.infer<typeof stopRequestSchema>;

/** The same rule, settled for a model. */
export const stopRuleSchema = stopRequestSchema.extend({
  keep: z.int().positive(),
  tokens: tokenChoiceSchema,
  confidence: z.number().positive().lt(1),
});
export type StopRule = Readonly<z.infer<typeof stopRuleSchema>>;

/** The finding with which a run ended by its rule. */
export const stoppedSchema = z.object({
  /** At the rule's confidence, at most this share of the kept experts would still change. */
  share: z.number().min(0).max(1),
});
export type Stopped = Readonly<z.infer<typeof stoppedSchema>>;

// Which demos of a set a run takes, where it does not take all of them.
import { z } from 'zod';

/** The first ones; a sample, each as likely as any other; or the longest ones, as the paper's own program does. */
export const LIMIT_BYS = ['first', 'random', 'longest'] as const;
export type LimitBy = (typeof LIMIT_BYS)[number];

export const limitBySchema = z.enum(LIMIT_BYS);

export const takenDemosSchema = z.object({
  /** Only so many demos. */
  limit: z.int().positive().optional(),
  /** Which ones. Default: the first. */
  limitBy: limitBySchema.optional(),
  /** Seed of a random sample. Default: 1. */
  limitSeed: z.int().nonnegative().optional(),
  /** The share of the demos, at their end, that is not scored. Default: none. */
  holdBack: z.number().min(0).lt(1).optional(),
  /** Demos whose answer was cut off at its length limit are scored too. Default: they are left out. */
  cutOff: z.boolean().optional(),
});
export type TakenDemos = Readonly<z.infer<typeof takenDemosSchema>>;

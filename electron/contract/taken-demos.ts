// Which demos of a set a run takes, if it does not take all.
import { z } from 'zod';

/** The first ones; a random sample; or the longest ones, as in the paper's own program. */
export const LIMIT_BYS = ['first', 'random', 'longest'] as const;
export type LimitBy = (typeof LIMIT_BYS)[number];

export const limitBySchema = z.enum(LIMIT_BYS);

export const takenDemosSchema = z.object({
  /** The number of demos to use. */
  limit: z.int().positive().optional(),
  /** Which demos to use. Default: the first ones. */
  limitBy: limitBySchema.optional(),
  /** The share of the demos, at the end of the set, that is not scored. Default: none. */
  holdBack: z.number().min(0).lt(1).optional(),
  /** Also scores demos whose answer was cut off at its length limit. Default: they are left out. */
  cutOff: z.boolean().optional(),
});
export type TakenDemos = Readonly<z.infer<typeof takenDemosSchema>>;

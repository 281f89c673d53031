// Which demos of a set a run takes, where it does not take all of them.
import { z } from 'zod';

/** The first ones; a sample, each as likely as any other; or the longest ones, as the paper's own program does. */
export const LIMIT_BYS = ['first', 'random', 'longest'] as const;
export type LimitBy = (typeof LIMIT_BYS)[number];

export const limitBySchema = z.enum(LIMIT_BYS);

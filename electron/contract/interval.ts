// A figure and its uncertainty, from the statistics to the page.
import { z } from 'zod';

/** Significance level of two-sided tests: how often pure chance is taken for a difference. 95 % intervals leave out the same share. */
export const ALPHA = 0.05;

/** Standard errors on each side that enclose 95 % of a normal distribution: its quantile at 0.975. */
export const NORMAL_QUANTILE = 1.959_963_984_540_054;

const spread = z.number().nullable();

/** All fields but the value are null if they are not known: a single unit says nothing about others. */
export const intervalSchema = z.object({
  value: z.number(),
  standardError: spread,
  /** Ends of the 95 % interval. */
  low: spread,
  high: spread,
});
export type Interval = Readonly<z.infer<typeof intervalSchema>>;

/** An interval of a share, whose ends do not come from a standard error and are always known. */
export const boundedSchema = intervalSchema.extend({ low: z.number(), high: z.number() });
export type Bounded = Readonly<z.infer<typeof boundedSchema>>;

/** A figure with only its interval, as it is published. */
export const publishedIntervalSchema = z.object({ value: z.number(), low: spread, high: spread });
export type PublishedInterval = Readonly<z.infer<typeof publishedIntervalSchema>>;

/** A mean KL divergence in nats as a ratio: e to it, by which a perplexity grows that loses as much. */
export function ratioOfNats({ value, low, high }: PublishedInterval): PublishedInterval {
  const ratio = (nats: number | null): number | null => (nats === null ? null : Math.exp(nats));
  return { value: Math.exp(value), low: ratio(low), high: ratio(high) };
}

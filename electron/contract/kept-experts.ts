// Which experts of a model are kept: the one form in which a choice travels from the criteria to the writer.
import { z } from 'zod';

/** Experts of each MoE layer, then of each prediction block that was scored, ascending; the same number in each. */
export type KeptExperts = readonly (readonly number[])[];

export const keptExpertsSchema: z.ZodType<KeptExperts, KeptExperts> = z.array(z.array(z.int().nonnegative()));

/** Returns the number of experts kept in each layer. */
export function keptCount(kept: KeptExperts): number {
  return kept[0]?.length ?? 0;
}

// What a stored selection records about how its experts were chosen.
import { z } from 'zod';
import { selectionRequestSchema } from '../../../contract/api/selections.ts';
import { mixSchema } from '../../../contract/api/runs.ts';
import { groupingSchema, superExpertsSchema } from '../../../contract/requests.ts';
import { tokenChoiceSchema } from '../../../contract/token-classes.ts';

const domainSource = z.object({
  domain: z.string(),
  /** The demos' names that people read, such as "file.jsonl:3". */
  demos: z.array(z.string()),
  tokens: z.number(),
  /** SHA-256 over the demos' hashes in order; selections from files whose run is not stored have none. */
  hash: z.string().exactOptional(),
  /** Each demo's own hash, in order; older selections have none. */
  hashes: z.array(z.string()).exactOptional(),
});

export const selectionSettingsSchema = z.object({
  mix: mixSchema.default('shares'),
  grouping: groupingSchema.default('ungrouped'),
  /** Experts that a token activates; null: as many as the model says. */
  activeExperts: z.int().positive().nullable().default(null),
  seed: z.int().default(0),
  /** The tokens by which experts were ranked. */
  tokens: tokenChoiceSchema.default('all'),
  superExperts: superExpertsSchema.default('rank'),
  /** The scores' domains; empty for an imported mask. */
  demos: z.array(domainSource).default([]),
  /** Mean retained score, 0 to 1. */
  retained: z.number().nullable().default(null),
  /** The request; null: an imported mask, or chosen from files whose runs are not stored. */
  selection: selectionRequestSchema.nullable().default(null),
});
export type SelectionSettings = Readonly<z.infer<typeof selectionSettingsSchema>>;

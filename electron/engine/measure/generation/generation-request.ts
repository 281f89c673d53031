// A stored request to let variants and their full model go on with prompts.
import { z } from 'zod';
import { placementSchema } from '../../../contract/requests.ts';
import { comparedSchema } from '../evaluation/comparison-request.ts';

export const generationRequestSchema = z.object({
  /** The reference of the others; it is checked too. */
  full: comparedSchema,
  /** What people call the full model. */
  fullName: z.string(),
  variants: z.array(comparedSchema),
  demos: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('domains'), domainIds: z.array(z.int()).min(1) }),
    /** `domain`: that the demos are of; null: nobody says. */
    z.object({ kind: z.literal('files'), files: z.array(z.string()).min(1), domain: z.string().nullable() }),
  ]),
  /** Demos by which experts were chosen, beside those that selections and files tell of. */
  scored: z.array(z.object({ id: z.string(), hash: z.string().nullable() })).default([]),
  /** At most so many prompts of a domain, or of all files together. */
  limit: z.int().positive(),
  /** Most tokens of each completion. */
  maxTokens: z.int().positive(),
  /** Sampled completions of each prompt, beside the greedy one. */
  samples: z.int().nonnegative(),
  /** Temperature of the sampled completions. */
  temperature: z.number().positive(),
  placement: placementSchema,
});
export type GenerationRequest = Readonly<z.infer<typeof generationRequestSchema>>;

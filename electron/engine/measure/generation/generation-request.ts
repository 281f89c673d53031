// The stored request to let variants and their full model continue prompts.
import { z } from 'zod';
import { placementSchema } from '../../../contract/requests.ts';
import { comparedSchema } from '../evaluation/comparison-request.ts';

export const generationRequestSchema = z.object({
  /** The reference for the others; it is checked too. */
  full: comparedSchema,
  /** Displayed name of the full model. */
  fullName: z.string(),
  variants: z.array(comparedSchema),
  demos: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('domains'), domainIds: z.array(z.int()).min(1) }),
    /** `domain`: the domain of the demos; null: not known. */
    z.object({ kind: z.literal('files'), files: z.array(z.string()).min(1), domain: z.string().nullable() }),
  ]),
  /** Demos that experts were chosen by, in addition to those that selections and files name. */
  scored: z.array(z.object({ id: z.string(), hash: z.string().nullable() })).default([]),
  /** Maximum prompts per domain, or of all files together. */
  limit: z.int().positive(),
  /** Maximum tokens per completion. */
  maxTokens: z.int().positive(),
  placement: placementSchema,
});
export type GenerationRequest = Readonly<z.infer<typeof generationRequestSchema>>;

// A stored request to measure variants and their full model on stored texts.
import { z } from 'zod';
import { variantSchema } from '../../../contract/api/evaluations.ts';
import { groupingSchema, placementSchema } from '../../../contract/requests.ts';
import { otherTextSchema } from './other-texts.ts';

export const comparedSchema = z.object({
  /** As the page named it. */
  variant: variantSchema,
  /** For people. */
  label: z.string(),
  path: z.string(),
  /** What the file must be; null: whatever it is. */
  fingerprint: z.string().nullable(),
  /** Kept experts of each MoE layer, the others are masked; null: the file as it is. */
  kept: z.array(z.array(z.int().nonnegative())).nullable(),
  grouping: groupingSchema,
  /** A token passes so many experts; null: as many as the file says. */
  activeExperts: z.int().positive().nullable().default(null),
  /** Which experts a file was written with; null: it is a full model, or nobody knows. Older jobs do not say. */
  selectionHash: z.string().nullable().default(null),
  /** The selection behind it, and its domains; null: there is none. */
  selectionId: z.int().nullable(),
  domains: z.array(z.string()).nullable(),
});
export type Compared = Readonly<z.infer<typeof comparedSchema>>;

export const comparisonRequestSchema = z.object({
  /** The reference of the others; it is measured too. */
  full: comparedSchema,
  /** What people call the full model. */
  fullName: z.string(),
  variants: z.array(comparedSchema),
  textIds: z.array(z.int()),
  /** What nobody held out; older jobs have none. */
  otherTexts: z.array(otherTextSchema).default([]),
  /** Tokens a chunk. */
  ctx: z.int().min(8),
  /** At most so many chunks a text; null: the whole text. */
  chunks: z.int().positive().nullable(),
  placement: placementSchema,
});
export type ComparisonRequest = Readonly<z.infer<typeof comparisonRequestSchema>>;

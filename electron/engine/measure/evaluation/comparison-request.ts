// A stored request to measure variants and their full model on texts: stored ones, or files.
import { z } from 'zod';
import { variantSchema, type Variant } from '../../../contract/api/evaluations.ts';
import { keptExpertsSchema } from '../../../contract/kept-experts.ts';
import { groupingSchema, placementSchema } from '../../../contract/requests.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { modelIdOfSync } from '../../models/library/model-on-disk.ts';
import { otherTextSchema } from './other-texts.ts';

export const comparedSchema = z.object({
  /** As the page named it; null: nobody did: the command line names files. */
  variant: variantSchema.nullable(),
  /** For people. */
  label: z.string(),
  path: z.string(),
  /** What the file must be; null: whatever it is. */
  fingerprint: z.string().nullable(),
  /** Kept experts of each MoE layer, the others are masked; null: the file as it is. */
  kept: keptExpertsSchema.nullable(),
  /** A file that says so in the place of `kept`. Default for `grouping`: as the file says. */
  mask: z.object({ path: z.string(), grouping: groupingSchema.optional() }).optional(),
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

/** A file, wherever it lies. */
export function variantAt(path: string): Extract<Variant, { kind: 'model' }> {
  return { kind: 'model', modelId: modelIdOfSync(path) };
}

/** The same, to be measured: which file it is, and whose, turns out when it is read. */
export function fileAsItIs(path: string): Compared {
  return {
    variant: variantAt(path),
    label: displayNameOf(path),
    path,
    fingerprint: null,
    kept: null,
    grouping: 'ungrouped',
    activeExperts: null,
    selectionHash: null,
    selectionId: null,
    domains: null,
  };
}

export const comparisonRequestSchema = z.object({
  /** The reference of the others; it is measured too. null: each is measured by itself. */
  full: comparedSchema.nullable(),
  /** What people call the full model; null: as its file says. */
  fullName: z.string().nullable(),
  variants: z.array(comparedSchema),
  textIds: z.array(z.int()),
  /** What nobody held out; older jobs have none. */
  otherTexts: z.array(otherTextSchema).default([]),
  /** Files that are one text, and its domain; null: the one that is called as the first of them is. */
  files: z.object({ paths: z.array(z.string()).min(1), domain: z.string().nullable() }).optional(),
  /** scores.json files by which experts were chosen, where nothing else tells. */
  scores: z.array(z.string()).optional(),
  /** Everything is measured again, and the first failure ends it. */
  isAnew: z.boolean().optional(),
  /** Tokens a chunk. */
  ctx: z.int().min(8),
  /** At most so many chunks a text; null: the whole text. */
  chunks: z.int().positive().nullable(),
  placement: placementSchema,
});
export type ComparisonRequest = Readonly<z.infer<typeof comparisonRequestSchema>>;

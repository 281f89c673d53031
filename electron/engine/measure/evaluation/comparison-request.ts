// The stored request to measure variants and their full model on texts, which are stored or come from files.
import { basename } from 'node:path';
import { z } from 'zod';
import { variantSchema, type Variant } from '../../../contract/api/evaluations.ts';
import { keptExpertsSchema } from '../../../contract/kept-experts.ts';
import { groupingSchema, placementSchema, type EvaluateRequest } from '../../../contract/requests.ts';
import { displayNameOf } from '../../base/files/paths.ts';
import { hashOf, selectionState, type SelectionOfModel } from '../../experts/selections/selection-view.ts';
import { modelIdOfSync } from '../../models/model-files.ts';
import { otherTextSchema } from './other-texts.ts';

export const comparedSchema = z.object({
  /** The page's name for it; null: it comes from the command line, which names files. */
  variant: variantSchema.nullable(),
  /** Label shown to the user. */
  label: z.string(),
  path: z.string(),
  /** Fingerprint that the file must have; null: any. */
  fingerprint: z.string().nullable(),
  /** Kept experts of each MoE layer; the others are masked. null: the file as it is. */
  kept: keptExpertsSchema.nullable(),
  /** The file of a choice, used instead of `kept` and `grouping`. */
  choice: z.string().optional(),
  grouping: groupingSchema,
  /** Number of experts that each token is routed to; null: as many as the file says. */
  activeExperts: z.int().positive().nullable().default(null),
  /** Hash of the choice that the file was written with; null: it is a full model, or not known. Older jobs do not say. */
  selectionHash: z.string().nullable().default(null),
  /** The selection behind it; null: there is none. */
  selectionId: z.int().nullable(),
});
export type Compared = Readonly<z.infer<typeof comparedSchema>>;

/** The name of something compared, and the selection that it belongs to; null: none. */
export type Named = {
  readonly variant: Variant;
  readonly label: string;
  readonly selectionHash: string | null;
  readonly selectionId: number | null;
};

/** A file to be measured; its identity and selection are determined when it is read. */
export function fileAsItIs(path: string): Compared {
  return {
    variant: { kind: 'model', modelId: modelIdOfSync(path) },
    label: displayNameOf(path),
    path,
    fingerprint: null,
    kept: null,
    grouping: 'ungrouped',
    activeExperts: null,
    selectionHash: null,
    selectionId: null,
  };
}

/** How the preview of a selection is named. */
export function namedPreview(planned: SelectionOfModel): Named {
  const { id, criterion } = planned.selection;
  return {
    variant: { kind: 'preview', selectionId: id },
    label: [selectionState(planned).name, criterion, 'preview'].filter((part) => part !== null).join(', '),
    selectionHash: hashOf(planned),
    selectionId: id,
  };
}

type Asked = {
  readonly model: string;
  readonly choice?: string | undefined;
  readonly activeExperts?: number | undefined;
};

/** What the command line names: a file, or a preview of one. */
export function namedVariant({ model, choice, activeExperts }: Asked): Compared {
  const isPreview = choice !== undefined || activeExperts !== undefined;
  return {
    ...fileAsItIs(model),
    ...(isPreview && { variant: null, label: basename(choice ?? model), activeExperts: activeExperts ?? null }),
    ...(choice !== undefined && { choice }),
  };
}

export const comparisonRequestSchema = z.object({
  /** The reference for the others; it is measured too. null: each is measured on its own. */
  full: comparedSchema.nullable(),
  variants: z.array(comparedSchema),
  textIds: z.array(z.int()),
  /** Texts that were not held out by the user; older jobs have none. */
  otherTexts: z.array(otherTextSchema).default([]),
  /** Files that form one text, and its domain; null: the domain with the name of the first file. */
  files: z.object({ paths: z.array(z.string()).min(1), domain: z.string().nullable() }).optional(),
  /** scores.json files that experts were chosen by, in case nothing else tells. */
  scores: z.array(z.string()).optional(),
  /** Whether everything is measured again, and the first failure ends the request. */
  isAnew: z.boolean().optional(),
  /** Tokens per chunk. */
  ctx: z.int().min(8),
  /** Maximum chunks per text; null: the whole text. */
  chunks: z.int().positive().nullable(),
  placement: placementSchema,
});
export type ComparisonRequest = Readonly<z.infer<typeof comparisonRequestSchema>>;

/** The comparison of one model, or a preview of one, on one text. */
export function comparisonOfFiles(request: EvaluateRequest): ComparisonRequest {
  const { text, domain, scores, against, ctx, chunks, placement } = request;
  return {
    full: against === undefined ? null : fileAsItIs(against),
    variants: [namedVariant(request)],
    textIds: [],
    otherTexts: [],
    files: { paths: [text].flat(), domain: domain ?? null },
    scores,
    isAnew: true,
    ctx,
    chunks: chunks ?? null,
    placement,
  };
}

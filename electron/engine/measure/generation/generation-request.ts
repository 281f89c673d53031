// The stored request to let variants and their full model continue prompts.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { CheckFile } from '../../../contract/api/generations.ts';
import { placementSchema, type Placement } from '../../../contract/requests.ts';
import type { Store } from '../../store/database.ts';
import { comparedSchema, fileAsItIs, namedVariant } from '../evaluation/comparison-request.ts';
import { domainOfFiles } from '../evaluation/other-texts.ts';

export const generationRequestSchema = z.object({
  /** The reference for the others; it is checked too. */
  full: comparedSchema,
  variants: z.array(comparedSchema),
  demos: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('domains'), domainIds: z.array(z.int()).min(1) }),
    /** `domain`: the domain of the demos; null: not known. */
    z.object({ kind: z.literal('files'), files: z.array(z.string()).min(1), domain: z.string().nullable() }),
  ]),
  /** scores.json files that experts were chosen by, in case nothing else tells. */
  scores: z.array(z.string()).optional(),
  /** Maximum prompts per domain, or of all files together. */
  limit: z.int().positive(),
  /** Maximum tokens per completion. */
  maxTokens: z.int().positive(),
  placement: placementSchema,
});
export type GenerationRequest = Readonly<z.infer<typeof generationRequestSchema>>;

/** A check of files with prompts from files, all by their paths. */
type CheckOfFiles = Omit<CheckFile, 'model' | 'against'> & {
  readonly model: string;
  readonly against?: string | undefined;
  readonly placement: Placement;
};

/** The command line's request to check answers. */
export function requestOfFiles(request: CheckOfFiles, store: Store): GenerationRequest {
  const { model, against = model, choice, activeExperts, scores, prompts, limit, maxTokens, placement } = request;
  const isMasked = choice !== undefined || activeExperts !== undefined;
  const isItself = !isMasked && resolve(model) === resolve(against);
  return {
    full: fileAsItIs(against),
    variants: isItself ? [] : [namedVariant(request)],
    demos: { kind: 'files', files: prompts, domain: request.domain ?? domainOfFiles(store, prompts) },
    scores,
    limit,
    maxTokens,
    placement,
  };
}

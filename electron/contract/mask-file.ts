// A mask: which experts of a model are kept, how a token is routed among them, and by what they were chosen. The bare list of
// the paper's code, `[n_moe_layers][n_expert]` of 0 and 1, is read as well; it says no more than its rows.
import { z } from 'zod';
import { RECORDED_CRITERIA } from './criteria.ts';
import { groupingSchema } from './requests.ts';

export const MASK_FORMAT = 'winnow-mask';
export const MASK_VERSION = 1;

const count = z.int().nonnegative();

export const maskFileSchema = z.object({
  format: z.literal(MASK_FORMAT),
  version: z.literal(MASK_VERSION),
  /** The full model. */
  model: z.object({
    /** Without folders. */
    file: z.string(),
    arch: z.string(),
    /** Its identity; null: scores of an older version do not say it. */
    fingerprint: z.string().min(1).nullable(),
    /** The same for all types of the model; absent: the mask was made without its file. */
    kindred: z.string().exactOptional(),
    /** As llama.cpp names file types. */
    file_type: z.string().exactOptional(),
    /** Block index of each row, ascending. */
    moe_layers: z.array(count).min(1),
    n_expert: z.int().positive(),
  }),
  /** null: an imported list. */
  criterion: z.enum(RECORDED_CRITERIA).nullable(),
  /** By what the experts were chosen, as a recipe says it; how they route, in any case. */
  settings: z.looseObject({
    grouping: groupingSchema,
    /** null: as many as the model says. */
    activeExperts: z.int().positive().nullable(),
  }),
  /** `[n_moe_layers][n_expert]` of 0 and 1. */
  mask: z.array(z.array(count)),
});
export type MaskFile = Readonly<z.infer<typeof maskFileSchema>>;

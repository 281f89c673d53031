// A mask: which experts of a model are kept, how a token is routed among them, and by what they were chosen. The bare
// list in the format of the paper's code, `[n_moe_layers][n_expert]` of 0 and 1, is read as well; it says nothing
// beyond its rows.
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import { groupingSchema } from './requests.ts';

export const MASK_FORMAT = 'winnow-mask';
export const MASK_VERSION = 1;

const count = z.int().nonnegative();

export const maskFileSchema = z.object({
  format: z.literal(MASK_FORMAT),
  version: z.literal(MASK_VERSION),
  /** The full model. */
  model: z.object({
    /** The file's name, without folders. */
    file: z.string(),
    arch: z.string(),
    /** The model's identity; null: the scores do not hold it. */
    fingerprint: z.string().min(1).nullable(),
    /** The same for all types of the model; absent: the mask was made without the model's file. */
    kindred: z.string().exactOptional(),
    /** The name of the file type in llama.cpp. */
    file_type: z.string().exactOptional(),
    /** Block index of each row, ascending. */
    moe_layers: z.array(count).min(1),
    n_expert: z.int().positive(),
  }),
  /** null: an imported list. */
  criterion: z.enum(CRITERIA).nullable(),
  /** By what the experts were chosen, as in a recipe; in any case, how they route. */
  settings: z.looseObject({
    grouping: groupingSchema,
    /** null: the model's own number. */
    activeExperts: z.int().positive().nullable(),
  }),
  /** `[n_moe_layers][n_expert]` of 0 and 1. */
  mask: z.array(z.array(count)),
});
export type MaskFile = Readonly<z.infer<typeof maskFileSchema>>;

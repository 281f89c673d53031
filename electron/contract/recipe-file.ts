// A recipe: which experts of a model to keep, without its weights. Another machine with the same model makes the same file from it.
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import type { KeptExperts } from './kept-experts.ts';
import { publishedQuantisedSchema } from './quantise.ts';
import { widthSchema } from './requests.ts';

export const RECIPE_FORMAT = 'winnow-recipe';
export const RECIPE_VERSION = 1;

const count = z.int().nonnegative();

/** Experts of each MoE layer. */
const layers: z.ZodType<KeptExperts, KeptExperts> = z.array(z.array(count)).min(1);

export const recipeFileSchema = z.object({
  format: z.literal(RECIPE_FORMAT),
  version: z.literal(RECIPE_VERSION),
  /** The full model. */
  model: z.object({
    name: z.string(),
    /** The file's name, without folders. */
    file: z.string(),
    arch: z.string(),
    /** SHA-256 of every byte: another quantisation of the same model has a different one. */
    fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
    /** The same for all quantisations of the model. */
    kindred: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .exactOptional(),
    /** The name of the file type in llama.cpp. */
    file_type: z.string().exactOptional(),
    /** Number of blocks that a token passes, with or without experts. */
    n_layers: count,
    /** Block indices, ascending. */
    moe_layers: z.array(count).min(1),
    n_expert: z.int().positive(),
    n_expert_used: z.int().positive(),
  }),
  /** null: an imported mask. */
  criterion: z.enum(CRITERIA).nullable(),
  /** By what the experts were chosen: the value of the key `winnow.selection` in a pruned file. */
  settings: z.record(z.string(), z.json()),
  /** Experts of each layer, ascending; the same number in each. */
  kept: layers,
  /** All experts of each layer, the highest score first; null: there is no ranking. */
  ranking: layers.nullable(),
  /**
   * How the routers of the file beside the recipe were fitted to these experts. They are not part of the recipe: a file
   * made from it has the model's own. Absent: they are the model's.
   */
  /** How the file beside the recipe was quantised, which is not part of the recipe either. Absent: its weights are the model's. */
  quantised: publishedQuantisedSchema.optional(),
  /** The share of its neurons that every expert of that file has, which is not part of the recipe either. Absent: all. */
  width: widthSchema.optional(),
});
export type RecipeFile = Readonly<z.infer<typeof recipeFileSchema>>;

/** The recipe itself, and the lists of experts that other programs read. */
export const RECIPE_FORMS = ['winnow', 'vllm', 'vllm-ascend', 'ktransformers'] as const;
export type RecipeForm = (typeof RECIPE_FORMS)[number];

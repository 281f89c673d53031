// scores.json: what `winnow score --out` writes and `winnow select --scores` reads.
import { z } from 'zod';
import type { FastCriterion } from './criteria.ts';

/** `[n_moe_layers][n_expert]` */
const matrix = z.array(z.array(z.number()));
/** What Winnow writes: further criteria follow from these. */
const storedCriterion = z.enum([
  'easy-ep',
  'reap',
  'ean',
  'gate',
  'frequency',
] as const satisfies readonly FastCriterion[]);
export const STORED_CRITERIA = storedCriterion.options;
/** Other programs write theirs under names of their own. */
const criteria = z.record(z.string().min(1).max(120), matrix);

export const scoresFileSchema = z.object({
  model: z.object({
    /** The name of the model's file, perhaps with its folders. */
    path: z.string(),
    arch: z.string(),
    /** Block indices of the MoE layers, ascending. */
    moe_layers: z.array(z.int().nonnegative()),
    n_expert: z.int().positive(),
    n_expert_used: z.int().positive(),
    /** Width of the residual stream. */
    n_embd: z.int().positive().optional(),
    /** Identifies the model's files, see ModelInfo. */
    fingerprint: z.string().optional(),
    /** The same for all quantisations of the model. */
    kindred: z.string().optional(),
    /** > 1: the router picks groups of experts first. */
    n_expert_groups: z.int().nonnegative().optional(),
    /** > 1: the number of consecutive experts that share weights and can only be kept together (grovemoe). */
    experts_per_block: z.int().positive().optional(),
  }),
  domain: z.string().optional(),
  tokens: z.int().nonnegative().default(0),
  demos: z
    .array(
      z.object({
        id: z.string(),
        /** SHA-256 of the demo's content, hex. */
        hash: z.string().optional(),
        tokens: z.int().nonnegative(),
      }),
    )
    .default([]),
  criteria,
  /** The largest norm of each expert's outputs. */
  max_norm: matrix.optional(),
});

export type ScoresFile = z.infer<typeof scoresFileSchema>;

// scores.json: what `winnow score --out` writes and `winnow select --scores` reads.
import { z } from 'zod';
import { CRITERIA, SUMS } from './criteria.ts';
import { TOKEN_CLASSES } from './token-classes.ts';

/** `[n_moe_layers][n_expert]` */
const matrix = z.array(z.array(z.number()));
/** `random` is drawn from a seed when experts are selected, and `man` is `ean` over `frequency`. */
const storedCriterion = z.enum(CRITERIA).exclude(['random', 'man']);
export const STORED_CRITERIA = storedCriterion.options;
export type StoredCriterion = z.infer<typeof storedCriterion>;
const criteria = z.record(storedCriterion, matrix);
const sums = z.record(z.enum(SUMS), matrix);

/** The version of files that tell tokens apart. Older files bear no version. */
export const SCORES_VERSION = 2;

export const scoresFileSchema = z.object({
  version: z.literal(SCORES_VERSION).optional(),
  model: z.object({
    /** The file's name; in older files with its folders. */
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
    /** The same for all quantisations of the model; files of earlier versions do not say. */
    kindred: z.string().optional(),
    /** > 1: the router picks groups of experts first. */
    n_expert_groups: z.int().nonnegative().optional(),
    /** > 1: consecutive experts that share weights and can only be kept together (grovemoe). */
    experts_per_block: z.int().positive().optional(),
  }),
  domain: z.string().optional(),
  tokens: z.int().nonnegative(),
  /** The mask that the demos were scored under, as a mask file holds it; without it all experts took part. */
  mask: z.array(z.array(z.int().min(0).max(1))).optional(),
  demos: z.array(
    z.object({
      id: z.string(),
      /** SHA-256 of the demo's content, hex; older files have none. */
      hash: z.string().optional(),
      tokens: z.int().nonnegative(),
      /** With `--per-demo`: this demo's own matrices. */
      criteria: criteria.optional(),
    }),
  ),
  /** Over all tokens. */
  criteria,
  /**
   * The sums of each class of tokens, from which the scores over some of them follow; a class without tokens is left out.
   * Without it the tokens cannot be told apart.
   */
  class_sums: z.partialRecord(z.enum(TOKEN_CLASSES), sums).optional(),
  /** The largest norm of each expert's outputs. */
  max_norm: matrix.optional(),
});

export type ScoresFile = z.infer<typeof scoresFileSchema>;

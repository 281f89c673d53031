// A ranking: how much each expert of a model counts for a domain, to share and to choose by. docs/RANKINGS.md describes
// the format for other programs; docs/ranking.schema.json is made from this schema.
import { z } from 'zod';

export const RANKING_FORMAT = 'winnow-ranking';
export const RANKING_VERSION = 1;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const rankingFileSchema = z.object({
  format: z.literal(RANKING_FORMAT),
  version: z.literal(RANKING_VERSION),
  model: z.object({
    name: z.string().min(1).describe('What people call the model.'),
    arch: z.string().min(1).describe('Architecture as llama.cpp names it, such as "qwen3moe".'),
    kindred: sha256
      .nullable()
      .describe('The same for all quantisations of the model, as docs/RANKINGS.md says; null: not known.'),
    fingerprint: sha256
      .nullable()
      .exactOptional()
      .describe('SHA-256 of the files whose weights were scored, as Winnow hashes them; null or absent: not known.'),
    moe_layers: z.array(count).min(1).describe('Block index of each row of scores, ascending.'),
    n_expert: z.int().positive().describe('Experts of a layer: the length of each row.'),
    n_expert_used: z.int().positive().nullable().describe('Experts that a token passes; null: not known.'),
  }),
  criterion: z
    .string()
    .min(1)
    .max(120)
    .describe('What the scores are: "easy-ep", "reap", "frequency" …, or a name of another program.'),
  tokens: z.string().min(1).max(120).nullable().describe('Which tokens counted, such as "all"; null: not known.'),
  demos: z
    .object({
      domain: z.string().describe('What the demos are of.'),
      count: count.describe('How many demos.'),
      tokens: count.describe('How many tokens of them.'),
      hash: sha256.nullable().describe('SHA-256 over the demos’ own hashes in order, a line each; null: not known.'),
    })
    .nullable()
    .describe('What was scored; null: not known.'),
  scores: z
    .array(z.array(z.number().nonnegative()))
    .describe('A row for each layer, a score for each expert, 0 or more: the higher, the sooner it is kept.'),
});
export type RankingFile = Readonly<z.infer<typeof rankingFileSchema>>;

/** `csv`: one line per expert, `layer,expert,score`, with block indices as layers. */
export const RANKING_FORMS = ['winnow', 'csv'] as const;
export type RankingForm = (typeof RANKING_FORMS)[number];

// report.json: what `winnow report -o report.json` and the Prove screen write. The HTML report shows these data and nothing
// else.
//
// Version 2: measurements are judged by intervals, inside and outside the domain (verdict.ts). Fields may be added
// within a version; removing a field or changing its meaning raises it.
// Times are ISO 8601, UTC; sizes are bytes; shares are 0 to 1. Files appear by name only, without any folder of the
// machine.
import { publishedRepairSchema } from './repair.ts';
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import { publishedIntervalSchema } from './interval.ts';
import { keptExpertsSchema } from './kept-experts.ts';
import { publishedQuantisedSchema, quantTypeSchema } from './quantise.ts';
import { limitBySchema } from './taken-demos.ts';
import { nextnSchema, superExpertsSchema, widthSchema } from './requests.ts';
import { tokenChoiceSchema } from './token-classes.ts';
import { verdictSchema } from './verdict.ts';

export const REPORT_FORMAT = 'winnow-report';
export const REPORT_VERSION = 2;

const criterion = z.enum(CRITERIA);
const count = z.int().nonnegative();
const sha256 = z.string();
const time = z.iso.datetime();
/** Shares, max-min, or one weight per domain. */
const mix = z.union([z.enum(['shares', 'max-min']), z.array(z.number().nonnegative())]);
/** `[n_moe_layers][…]` */
const layers = <T extends z.ZodType>(row: T) => z.array(z.array(row));

const modelSchema = z.object({
  name: z.string(),
  file: z.string(),
  arch: z.string(),
  file_type: z.string(),
  bytes: count,
  parts: count,
  /** Block indices of the MoE layers, ascending. */
  moe_layers: z.array(count),
  n_expert: count,
  n_expert_used: count,
  /** > 1: the router picks groups of experts first. */
  n_expert_groups: count,
  context_length: count,
  /** SHA-256 of the file; for a split model, SHA-256 over those of its parts. */
  fingerprint: sha256,
});

/** Where the scores of one domain come from. */
const sourceSchema = z.object({
  /** Id of the score run; null: it was deleted, or the scores came from a file. */
  run_id: z.int().nullable(),
  domain: z.string(),
  tokens: count,
  /** `hash`: SHA-256 of the demo's content; null where it is not known. */
  demos: z.array(z.object({ id: z.string(), hash: sha256.nullable() })),
  /** SHA-256 over the demos' hashes in order, each followed by a line break; null: the hashes are not known. */
  demos_hash: sha256.nullable(),
  /** What the scores depend on besides model and demos; null: not known any more. */
  settings: z.record(z.string(), z.string()).nullable(),
  /** Which demos were asked for; absent: not known. */
  taken: z
    .object({
      /** null: all. */
      limit: count.nullable(),
      limit_by: limitBySchema,
      limit_seed: count,
      /** The share of the demos, at the end of the set, that was left out. */
      hold_back: z.number(),
      /** Demos whose answer was cut off are included. */
      cut_off: z.boolean(),
    })
    .optional(),
});
export type ReportSource = z.infer<typeof sourceSchema>;

const expertSchema = z.object({
  /** Index among the MoE layers, from 0. */
  layer: count,
  expert: count,
});

const planSchema = z.object({
  id: z.int(),
  name: z.string(),
  created: time,
  /** null: an imported mask. */
  criterion: criterion.nullable(),
  /** Experts kept per layer. */
  keep: count,
  mix,
  grouping: z.enum(['ungrouped', 'balanced']),
  /** Experts that a token passes; absent: the model's own number. */
  active_experts: count.exactOptional(),
  /** Seed of the criterion "random". */
  seed: count,
  /** The tokens by which the experts were ranked; absent: all. */
  tokens: tokenChoiceSchema.exactOptional(),
  /** Whether super experts were kept whatever their score. */
  super_experts: superExpertsSchema.exactOptional(),
  /** Experts kept by hand; null: not known. */
  pins: z.array(expertSchema).nullable(),
  drops: z.array(expertSchema).nullable(),
  sources: z.array(sourceSchema),
  /** Kept experts of each layer, ascending. */
  kept: keptExpertsSchema,
  /** The identity of the choice, by which figures and files refer to it: `selectionHashSchema`. */
  kept_hash: sha256,
  /** The scores that the experts were ranked by, with six digits; null: not known any more. */
  scores: layers(z.number()).nullable(),
  /** Share of the score that the kept experts hold: the mean, and in each layer; null: not known any more. */
  retained: z.object({ mean: z.number(), layers: z.array(z.number()).nullable() }).nullable(),
});
export type ReportPlan = z.infer<typeof planSchema>;

const fileSchema = z.object({
  name: z.string(),
  written: time,
  /** Experts kept per layer. */
  keep: count,
  /** Size of all parts together. */
  bytes: count,
  /** Names of the parts, and of an importance matrix. */
  files: z.array(z.string()),
  /** SHA-256 of the first part; null: not known. */
  sha256: sha256.nullable(),
  /** What was at the file's path when the report was made: this very file, another one, or none; absent: nobody looked. */
  now: z.enum(['same', 'changed', 'gone']).optional(),
  /** Duration of writing and verifying. */
  seconds: z.number().nullable(),
  /** Absent: what is kept has the model's bytes. */
  quantised: publishedQuantisedSchema.optional(),
  /** How the experts' down matrices were fitted; absent: they are as pruning or quantising left them. */
  repaired: publishedRepairSchema.optional(),
  /** The memory that it had to fit with a conversation of `ctx` tokens; absent: none was named. */
  made_for: z.object({ bytes: count, ctx: count }).optional(),
  /** The criterion that chose its experts, if no plan holds the choice with the same number of active experts; null: not known. */
  criterion: criterion.nullable().optional(),
  /** Further options of the export; absent: older files do not say. */
  how: z
    .object({
      grouping: z.enum(['ungrouped', 'balanced']),
      /** Experts that a token passes; null: the model's own number. */
      active_experts: count.nullable(),
      /** It was allowed to keep fewer experts than a token passes. */
      lower_used: z.boolean(),
      /** The share of their neurons that kept experts have; absent: all. */
      width: widthSchema.exactOptional(),
      /** Blocks that draft further tokens. */
      nextn: nextnSchema,
      split: z.enum(['single', 'keep']),
      /** Largest size of a part; takes precedence over `split`. */
      split_max: z.string().nullable(),
      /** The matrix that was used to quantise, or that was cut along with the model. */
      imatrix: z
        .object({
          name: z.string(),
          /** The run that collected it; null: it is a file from elsewhere. */
          run_id: z.int().nullable(),
          /** What its text was, and how much, as its header says. */
          datasets: z.array(z.string()),
          chunks: count.nullable(),
          /** The number of weights in the model's blocks that it covers; absent: older files do not say. */
          covered: z.object({ weights: count, of: count }).optional(),
        })
        .nullable(),
    })
    .optional(),
});
export type ReportWrittenFile = z.infer<typeof fileSchema>;

const variantSchema = z.object({
  /** `full`: the model that was pruned; `file`: a pruned file; `preview`: the full model with the dropped experts masked. */
  kind: z.enum(['full', 'file', 'preview']),
  /** A label for people. */
  label: z.string(),
  /** The criterion that chose its experts; null: not known, or the full model. */
  criterion: criterion.nullable(),
  /** Experts kept per layer; null: not known. */
  keep: count.nullable(),
  /** How several domains are combined; null: a single domain, or as in the plan. */
  mix: mix.nullable(),
  /** The type that a written file was quantised to; absent: its bytes are the model's, or not known. */
  type: quantTypeSchema.optional(),
  /** Size of all parts of a written file; absent: not known. */
  bytes: count.optional(),
});
export type ReportVariant = z.infer<typeof variantSchema>;

/** One variant measured on one text. */
const evaluationSchema = z.object({
  variant: variantSchema,
  text: z.object({ name: z.string(), domain: z.string().nullable(), hash: sha256 }),
  /** Whether the plan was made for the text's domain; null: not known. */
  in_domain: z.boolean().nullable(),
  /** Tokens per chunk, number of chunks, and scored tokens: the second half of each chunk. */
  ctx: count,
  chunks: count,
  /** The limit of chunks that was asked for, 0: the whole text; null: not known. */
  chunk_limit: count.nullable(),
  tokens: count,
  /** The unit that the intervals resample, and how many there are. */
  unit: z.enum(['document', 'chunk']),
  units: count,
  perplexity: publishedIntervalSchema,
  /** Comparison with the full model; null: not compared. `ratio`: of the perplexities, 1.1 is a tenth more. */
  ratio: publishedIntervalSchema.nullable(),
  /** In nats per token. */
  kl_mean: publishedIntervalSchema.nullable(),
  kl_p99: publishedIntervalSchema.nullable(),
  /** Share of tokens with the same likeliest next token. */
  top1: publishedIntervalSchema.nullable(),
  measured: time,
});
export type ReportEvaluation = z.infer<typeof evaluationSchema>;

/**
 * What a variant costs against the full model, over all texts of a side as if they were one: every token counts the
 * same. A single text has its own interval; with several texts, their standard errors are combined as for independent
 * samples.
 */
const costSchema = z.object({
  texts: count,
  tokens: count,
  ctx: count,
  perplexity: publishedIntervalSchema,
  full_perplexity: publishedIntervalSchema,
  /** Ratio of the perplexity to the full model's: 1.1 is a tenth more. */
  ratio: publishedIntervalSchema,
  kl_mean: publishedIntervalSchema.nullable(),
  /**
   * The texts' values weighted by tokens, since the percentile of all tokens does not follow from them. With several
   * texts, the interval is their range.
   */
  kl_p99: publishedIntervalSchema.nullable(),
  top1: publishedIntervalSchema.nullable(),
});
export type ReportCost = z.infer<typeof costSchema>;

const sides = {
  in_domain: costSchema.nullable(),
  out_of_domain: costSchema.nullable(),
  /** Texts whose domain nobody stated. */
  unknown_domain: costSchema.nullable(),
};

const comparedSchema = z.object({ variant: variantSchema, ...sides });
export type ReportCompared = z.infer<typeof comparedSchema>;

/** A share of completions with its 95 % interval. */
const rateSchema = z.object({
  share: z.number(),
  low: z.number(),
  high: z.number(),
  /** Completions with this property, completions that could be judged, and number of prompts. */
  hits: count,
  judged: count,
  prompts: count,
});
export type ReportRate = z.infer<typeof rateSchema>;

/** The variant's share minus the full model's, over the prompts that could be judged for both. */
const differenceSchema = z.object({
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  prompts: count,
  /** Prompts on which the variant's share is higher, and lower. */
  higher: count,
  lower: count,
  /** p-value of the two-sided exact McNemar test; with several samples per prompt, of the exact sign test. */
  p_value: z.number(),
});
export type ReportDifference = z.infer<typeof differenceSchema>;

export const REPORT_CHECKS = ['loop', 'truncated', 'broken', 'answer'] as const;
const checkSchema = z.enum(REPORT_CHECKS);

/** `loop`: repeats itself up to its end; `truncated`: hits the limit; `broken`: JSON, code fences, tool calls; `answer`: is right. */
const byCheck = <T extends z.ZodType>(of: T) => z.object({ loop: of, truncated: of, broken: of, answer: of });

/** What this number of prompts can show about loops: power of the test at the 5 % level. */
const sensitivitySchema = z.object({
  prompts: count,
  /** Share of looping completions to start from. */
  base_rate: z.number(),
  /** Probability of detecting twice that share. */
  power_for_double: z.number(),
  /** The smallest share that is detected four times out of five; null: there is none. */
  detectable_rate: z.number().nullable(),
  /** Prompts needed to detect twice the share four times out of five. */
  prompts_for_double: count,
});
export type ReportSensitivity = z.infer<typeof sensitivitySchema>;

const completionSchema = z.object({
  /** The text; long ones are cut. */
  text: z.string(),
  cut: z.boolean(),
  /** Tokens of the whole completion. */
  tokens: count,
  /** What it keeps repeating up to its end, and how often. */
  loop: z.object({ unit: z.string(), repeats: z.number() }).nullable(),
  /** null: it could not be judged; the same for `broken` and `answer`. */
  truncated: z.boolean().nullable(),
  broken: z.array(z.object({ kind: z.enum(['fence', 'json', 'tool_call']), detail: z.string() })).nullable(),
  answer: z.object({ expected: z.string(), found: z.string().nullable(), matches: z.boolean() }).nullable(),
});
export type ReportCompletion = z.infer<typeof completionSchema>;

const exampleSchema = z.object({
  /** What people call the demo: "tickets.jsonl:3". */
  demo: z.string(),
  /** The prompt; of long ones only the end is kept. */
  prompt: z.string(),
  prompt_cut: z.boolean(),
  /** The demo's own answer. */
  gold: z.string().nullable(),
  /** Index of the sample, from 0. */
  sample: count,
  /** null: it is not there any more. */
  full: completionSchema.nullable(),
  variant: completionSchema,
});
export type ReportExample = z.infer<typeof exampleSchema>;

/** What one variant wrote for the prompts of one domain. */
const generationSchema = z.object({
  variant: variantSchema,
  domain: z.string(),
  /** Whether the plan was made for the prompts' domain; null: not known. */
  in_domain: z.boolean().nullable(),
  /** 0: greedy, the likeliest token each time. */
  temperature: z.number(),
  /** Completions per prompt. */
  samples: count,
  prompts: count,
  completions: count,
  /** Limit of a completion, in tokens. */
  max_tokens: count,
  median_tokens: z.number(),
  /** null: none could be judged, such as `answer` for prompts without one. */
  rates: byCheck(rateSchema.nullable()),
  /** null: this is the full model, or there is none to compare with. */
  against_full: z
    .object({
      differences: byCheck(differenceSchema.nullable()),
      /** Median over the prompts of the ratio of the completions' lengths, the variant's to the full model's. */
      length_ratio: z.object({ median: z.number(), low: z.number(), high: z.number(), prompts: count }),
      /** Completions that match the full model's token for token. */
      identical: rateSchema,
      sensitivity: sensitivitySchema,
    })
    .nullable(),
  /**
   * The first few greedy completions. Those where only the variant fails come first, then those where the full model
   * fails as well: not a fair sample.
   */
  examples: z.array(exampleSchema),
  generated: time,
});
export type ReportGeneration = z.infer<typeof generationSchema>;

const side = z.enum(['in_domain', 'out_of_domain']);

const warningSchema = z.discriminatedUnion('code', [
  /** The figures are those of the masked preview: the written file itself was not measured. */
  z.object({ code: z.literal('preview_only') }),
  /** The interval of the perplexity ratio crosses the threshold of severe damage. */
  z.object({ code: z.literal('uncertain'), side }),
  /** Too few documents or chunks for an interval. */
  z.object({ code: z.literal('no_interval'), side, tokens: count }),
  /** Loops, broken output or wrong answers beyond chance: the interval of the difference leaves out 0. */
  z.object({ code: z.literal('writes_worse'), check: checkSchema, domain: z.string(), difference: z.number() }),
  /** There are so few prompts that a doubled loop rate would hardly be detected. */
  z.object({ code: z.literal('few_prompts'), prompts: count, power: z.number(), needed: count }),
  /** The domain of some measured texts is not stated. */
  z.object({ code: z.literal('unknown_domain'), texts: count }),
  /** Some score runs are gone, and with them the scores that the experts were ranked by. */
  z.object({ code: z.literal('scores_gone') }),
  /** A mask from elsewhere does not say by what its experts were chosen. */
  z.object({ code: z.literal('imported_choice') }),
]);
export type ReportWarning = z.infer<typeof warningSchema>;

/** `divergence`: KL divergence from and agreement with the full model; `generation`: what the model writes. */
const gapSchema = z.enum(['in_domain', 'out_of_domain', 'divergence', 'generation']);
export type ReportGap = z.infer<typeof gapSchema>;

const summarySchema = z.object({
  /** Experts kept per layer, out of `n_expert`, in `n_layers` MoE layers. */
  keep: count,
  n_expert: count,
  n_layers: count,
  /** `predicted`: the pruned file is not written. */
  bytes: z.object({ full: count, pruned: count, predicted: z.boolean() }),
  /** The variant that was measured; null: nothing was measured. */
  subject: variantSchema.nullable(),
  ...sides,
  verdict: verdictSchema,
  warnings: z.array(warningSchema),
  not_measured: z.array(gapSchema),
});
export type ReportSummary = z.infer<typeof summarySchema>;

export const reportFileSchema = z.object({
  format: z.literal(REPORT_FORMAT),
  version: z.literal(REPORT_VERSION),
  made: time,
  made_by: z.object({ winnow: z.string(), llama_cpp: z.string() }),
  summary: summarySchema,
  model: modelSchema,
  /** null: the file's experts come from a mask that no plan holds. */
  plan: planSchema.nullable(),
  file: fileSchema.nullable(),
  /** All variants: of the plan, then its files, then other choices. */
  compared: z.array(comparedSchema),
  evaluations: z.array(evaluationSchema),
  /** The full model's first. */
  generations: z.array(generationSchema),
  /** The command lines that repeat the work, with files by name. */
  commands: z.array(z.string()),
});
export type ReportFile = z.infer<typeof reportFileSchema>;

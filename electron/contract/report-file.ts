// report.json: what `winnow report --json-out` and the Prove screen write. The HTML report shows these data and nothing else.
//
// Version 2: what was measured is judged by intervals, in and out of the domain (verdict.ts). Fields may be added within a version; a field that goes, or changes its meaning, raises it.
// Times are ISO 8601, UTC; sizes bytes; shares 0 to 1. Files are told by their names: no folder of the machine is in here.
import { publishedCalibrationSchema } from './calibration.ts';
import { publishedRepairSchema } from './repair.ts';
import { z } from 'zod';
import { RECORDED_CRITERIA } from './criteria.ts';
import { publishedIntervalSchema } from './interval.ts';
import { keptExpertsSchema } from './kept-experts.ts';
import { publishedQuantisedSchema, quantTypeSchema } from './quantise.ts';
import { stopRuleSchema } from './stop-rule.ts';
import { limitBySchema } from './taken-demos.ts';
import { nextnSchema, superExpertsSchema, widthSchema } from './requests.ts';
import { tokenChoiceSchema } from './token-classes.ts';
import { verdictSchema } from './verdict.ts';

export const REPORT_FORMAT = 'winnow-report';
export const REPORT_VERSION = 2;

const criterion = z.enum(RECORDED_CRITERIA);
const count = z.int().nonnegative();
const sha256 = z.string();
const time = z.iso.datetime();
/** Shares, max-min, or one weight a domain. */
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
  /** The file's SHA-256; of a split model the SHA-256 over its parts'. */
  fingerprint: sha256,
  /** An earlier version took it, of samples of the bytes, which prove less. */
  by_samples: z.literal(true).optional(),
});

/** What one domain's scores come from. */
const sourceSchema = z.object({
  /** Id of the score run; null: it was deleted, or the scores came from a file. */
  run_id: z.int().nullable(),
  domain: z.string(),
  tokens: count,
  /** `hash`: SHA-256 of the demo's content; null where it is not known. */
  demos: z.array(z.object({ id: z.string(), hash: sha256.nullable() })),
  /** SHA-256 over the demos' hashes in order, each with a line break; null where they are not known. */
  demos_hash: sha256.nullable(),
  /** What the scores depend on beside model and demos; null: not known any more. */
  settings: z.record(z.string(), z.string()).nullable(),
  /** An earlier version scored it, which knew the model by samples of its bytes. */
  by_samples: z.literal(true).optional(),
  /** Which demos were taken, as it was asked for; absent: not known. */
  taken: z
    .object({
      /** null: all. */
      limit: count.nullable(),
      limit_by: limitBySchema,
      limit_seed: count,
      /** The share at the end that was left. */
      hold_back: z.number(),
      /** Those whose answer was cut off, too. */
      cut_off: z.boolean(),
    })
    .optional(),
  /** The run was to end when this choice is stable; absent: it scores all demos. */
  stop: stopRuleSchema
    .extend({
      /** Largest share of the kept experts that would still have changed when it ended; null: all demos were needed. */
      found: z.number().nullable(),
      left_out_demos: count,
    })
    .optional(),
});
export type ReportSource = z.infer<typeof sourceSchema>;
export type ReportStop = NonNullable<ReportSource['stop']>;

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
  /** Experts kept a layer. */
  keep: count,
  mix,
  grouping: z.enum(['ungrouped', 'balanced']),
  /** A token passes so many experts; without it as many as the model says. */
  active_experts: count.exactOptional(),
  /** Seed of the criterion "random". */
  seed: count,
  /** By which tokens the experts were ranked; reports of older versions do not say: by all. */
  tokens: tokenChoiceSchema.exactOptional(),
  /** Whether super experts were kept whatever their score. */
  super_experts: superExpertsSchema.exactOptional(),
  /** By hand; null: not known. */
  pins: z.array(expertSchema).nullable(),
  drops: z.array(expertSchema).nullable(),
  sources: z.array(sourceSchema),
  /** Ascending. */
  kept: keptExpertsSchema,
  /** The choice's identity, as figures and files are known by it: `selectionHashSchema`. */
  kept_hash: sha256,
  /** What the experts were ranked by, six digits; null: not known any more. */
  scores: layers(z.number()).nullable(),
  /** Share of the score that the kept experts hold, on average, and in each layer; null: not known any more. */
  retained: z.object({ mean: z.number(), layers: z.array(z.number()).nullable() }).nullable(),
});
export type ReportPlan = z.infer<typeof planSchema>;

const fileSchema = z.object({
  name: z.string(),
  written: time,
  /** Experts a layer. */
  keep: count,
  /** Size of all parts. */
  bytes: count,
  /** Parts, an importance matrix included. */
  files: z.array(z.string()),
  /** SHA-256 of the first part; null: not known. */
  sha256: sha256.nullable(),
  /** What lay there when the report was made: this very file, another one, or none; absent: nobody looked. */
  now: z.enum(['same', 'changed', 'gone']).optional(),
  /** Writing and verifying. */
  seconds: z.number().nullable(),
  /** Absent: what is kept has the bytes of the model. */
  quantised: publishedQuantisedSchema.optional(),
  /** Absent: its routers are the model's. */
  calibrated: publishedCalibrationSchema.optional(),
  /** How its experts' down matrices were fitted; absent: they are as pruning or quantising left them. */
  repaired: publishedRepairSchema.optional(),
  /** By which its experts were chosen, where no plan holds the choice with as many active experts; null: not known. */
  criterion: criterion.nullable().optional(),
  /** How else it was asked for; absent: not known of older files. */
  how: z
    .object({
      grouping: z.enum(['ungrouped', 'balanced']),
      /** A token passes so many experts; null: as many as the model says. */
      active_experts: count.nullable(),
      /** Fewer experts than a token passes were allowed. */
      lower_used: z.boolean(),
      /** The share of their neurons that kept experts have; without it all. */
      width: widthSchema.exactOptional(),
      /** Blocks that draft further tokens. */
      nextn: nextnSchema,
      split: z.enum(['single', 'keep']),
      /** Parts of at most this size; goes before `split`. */
      split_max: z.string().nullable(),
      /** That it was quantised by, or that was cut along. */
      imatrix: z
        .object({
          name: z.string(),
          /** The run that collected it; null: it is a file from elsewhere. */
          run_id: z.int().nullable(),
          /** What its text was, and how much: as its header says. */
          datasets: z.array(z.string()),
          chunks: count.nullable(),
          /** How many weights in the model's blocks it has numbers for; absent: not known of older files. */
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
  /** For people. */
  label: z.string(),
  /** By which its experts are chosen; null: not known, or the full model. */
  criterion: criterion.nullable(),
  /** Experts a layer; null: not known. */
  keep: count.nullable(),
  /** Several domains; null: one domain, or as the plan. */
  mix: mix.nullable(),
  /** What a written file was quantised to; absent: its bytes are the model's, or not known. */
  type: quantTypeSchema.optional(),
  /** Whether a written file's routers are fitted ones; absent: they are the model's, or not known. */
  calibrated: z.literal(true).optional(),
  /** All parts of a written file together; absent: not known. */
  bytes: count.optional(),
});
export type ReportVariant = z.infer<typeof variantSchema>;

/** One variant measured on one text. */
const evaluationSchema = z.object({
  variant: variantSchema,
  text: z.object({ name: z.string(), domain: z.string().nullable(), hash: sha256 }),
  /** Whether the plan was made for the text's domain; null: not known. */
  in_domain: z.boolean().nullable(),
  /** Tokens a chunk, chunks, and scored tokens: the second half of each chunk. */
  ctx: count,
  chunks: count,
  /** At most so many chunks were asked for, 0: all of the text; null: not known. */
  chunk_limit: count.nullable(),
  tokens: count,
  /** What the intervals resample, and how many of them. */
  unit: z.enum(['document', 'chunk']),
  units: count,
  perplexity: publishedIntervalSchema,
  /** Against the full model; null: not compared. `ratio`: of the perplexities, 1.1 is a tenth more. */
  ratio: publishedIntervalSchema.nullable(),
  /** In nats a token. */
  kl_mean: publishedIntervalSchema.nullable(),
  kl_p99: publishedIntervalSchema.nullable(),
  /** Share of tokens with the same likeliest successor. */
  top1: publishedIntervalSchema.nullable(),
  measured: time,
});
export type ReportEvaluation = z.infer<typeof evaluationSchema>;

/**
 * What a variant costs against the full model, over all texts of a side as if they were one: every token counts the same.
 * The interval of one text is its own; of several, their standard errors add up as of independent samples.
 */
const costSchema = z.object({
  texts: count,
  tokens: count,
  ctx: count,
  perplexity: publishedIntervalSchema,
  full_perplexity: publishedIntervalSchema,
  /** The perplexity over the full model's: 1.1 is a tenth more. */
  ratio: publishedIntervalSchema,
  kl_mean: publishedIntervalSchema.nullable(),
  /** The texts' values weighted by tokens, since a percentile of all does not follow from them. Of several, its interval is the range of the texts. */
  kl_p99: publishedIntervalSchema.nullable(),
  top1: publishedIntervalSchema.nullable(),
});
export type ReportCost = z.infer<typeof costSchema>;

const sides = {
  in_domain: costSchema.nullable(),
  out_of_domain: costSchema.nullable(),
  /** Texts of which nobody said the domain. */
  unknown_domain: costSchema.nullable(),
};

const comparedSchema = z.object({ variant: variantSchema, ...sides });
export type ReportCompared = z.infer<typeof comparedSchema>;

/** Share of completions with its 95 % interval. */
const rateSchema = z.object({
  share: z.number(),
  low: z.number(),
  high: z.number(),
  /** Completions of which it is true, of those that could be judged, of so many prompts. */
  hits: count,
  judged: count,
  prompts: count,
});
export type ReportRate = z.infer<typeof rateSchema>;

/** The variant's share less the full model's, over the prompts that could be judged with both. */
const differenceSchema = z.object({
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  prompts: count,
  /** Prompts on which the variant's share is higher, and lower. */
  higher: count,
  lower: count,
  /** Two-sided exact McNemar test; with several samples a prompt the exact sign test. */
  p_value: z.number(),
});
export type ReportDifference = z.infer<typeof differenceSchema>;

export const REPORT_CHECKS = ['loop', 'truncated', 'broken', 'answer'] as const;
const checkSchema = z.enum(REPORT_CHECKS);

/** `loop`: repeats itself to its end; `truncated`: hits the limit; `broken`: JSON, code fences, tool calls; `answer`: right. */
const byCheck = <T extends z.ZodType>(of: T) => z.object({ loop: of, truncated: of, broken: of, answer: of });

/** What so many prompts can show of loops: power of the test at the 5 % level. */
const sensitivitySchema = z.object({
  prompts: count,
  /** Share of looping completions to start from. */
  base_rate: z.number(),
  /** Probability to see twice that. */
  power_for_double: z.number(),
  /** Smallest share that is seen four times out of five; null: none is. */
  detectable_rate: z.number().nullable(),
  /** Prompts with which twice the share is seen four times out of five. */
  prompts_for_double: count,
});
export type ReportSensitivity = z.infer<typeof sensitivitySchema>;

const completionSchema = z.object({
  /** Long ones are cut. */
  text: z.string(),
  cut: z.boolean(),
  /** Tokens of the whole completion. */
  tokens: count,
  /** What it repeats to its end, and how often. */
  loop: z.object({ unit: z.string(), repeats: z.number() }).nullable(),
  /** null: could not be judged; so are `broken` and `answer`. */
  truncated: z.boolean().nullable(),
  broken: z.array(z.object({ kind: z.enum(['fence', 'json', 'tool_call']), detail: z.string() })).nullable(),
  answer: z.object({ expected: z.string(), found: z.string().nullable(), matches: z.boolean() }).nullable(),
});
export type ReportCompletion = z.infer<typeof completionSchema>;

const exampleSchema = z.object({
  /** What people call the demo: "tickets.jsonl:3". */
  demo: z.string(),
  /** Long ones keep their end. */
  prompt: z.string(),
  prompt_cut: z.boolean(),
  /** The demo's own answer. */
  gold: z.string().nullable(),
  /** From 0. */
  sample: count,
  /** null: not there any more. */
  full: completionSchema.nullable(),
  variant: completionSchema,
});
export type ReportExample = z.infer<typeof exampleSchema>;

/** What one variant wrote on the prompts of one domain. */
const generationSchema = z.object({
  variant: variantSchema,
  domain: z.string(),
  /** Whether the plan was made for the prompts' domain; null: not known. */
  in_domain: z.boolean().nullable(),
  /** 0: greedy, the likeliest token each time. */
  temperature: z.number(),
  /** Completions of each prompt. */
  samples: count,
  prompts: count,
  completions: count,
  /** Longest completion that was allowed. */
  max_tokens: count,
  median_tokens: z.number(),
  /** null: none could be judged, as `answer` for prompts without one. */
  rates: byCheck(rateSchema.nullable()),
  /** null: it is the full model, or there is none to compare with. */
  against_full: z
    .object({
      differences: byCheck(differenceSchema.nullable()),
      /** Median over the prompts of the variant's length over the full model's. */
      length_ratio: z.object({ median: z.number(), low: z.number(), high: z.number(), prompts: count }),
      /** Completions that are the full model's to the token. */
      identical: rateSchema,
      sensitivity: sensitivitySchema,
    })
    .nullable(),
  /** The first few greedy ones. Those where only the variant fails come first, then those where the full model fails, too: not a fair sample. */
  examples: z.array(exampleSchema),
  generated: time,
});
export type ReportGeneration = z.infer<typeof generationSchema>;

const side = z.enum(['in_domain', 'out_of_domain']);

const warningSchema = z.discriminatedUnion('code', [
  /** The figures are the masked preview's: the written file itself was not measured. */
  z.object({ code: z.literal('preview_only') }),
  /** The interval of the perplexity ratio reaches across the line to severe damage. */
  z.object({ code: z.literal('uncertain'), side }),
  /** Too few documents or chunks for an interval. */
  z.object({ code: z.literal('no_interval'), side, tokens: count }),
  /** Loops, broken output or wrong answers beyond chance: the interval of the difference leaves out 0. */
  z.object({ code: z.literal('writes_worse'), check: checkSchema, domain: z.string(), difference: z.number() }),
  /** So few prompts that a doubled loop rate would hardly be seen. */
  z.object({ code: z.literal('few_prompts'), prompts: count, power: z.number(), needed: count }),
  /** Nobody said the domain of texts that were measured. */
  z.object({ code: z.literal('unknown_domain'), texts: count }),
  /** Score runs are not there any more: neither is what the experts were ranked by. */
  z.object({ code: z.literal('scores_gone') }),
  /** A mask from elsewhere says not by what its experts were chosen. */
  z.object({ code: z.literal('imported_mask') }),
]);
export type ReportWarning = z.infer<typeof warningSchema>;

/** `divergence`: KL divergence and agreement with the full model; `generation`: what the model writes. */
const gapSchema = z.enum(['in_domain', 'out_of_domain', 'divergence', 'generation']);
export type ReportGap = z.infer<typeof gapSchema>;

const summarySchema = z.object({
  /** Experts kept a layer, of `n_expert`, in `n_layers` MoE layers. */
  keep: count,
  n_expert: count,
  n_layers: count,
  /** `predicted`: of a file that is not written. */
  bytes: z.object({ full: count, pruned: count, predicted: z.boolean() }),
  /** What the figures are of; null: nothing was measured. */
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
  /** Variants in the order of the plan, its files, other choices. */
  compared: z.array(comparedSchema),
  evaluations: z.array(evaluationSchema),
  /** The full model's first. */
  generations: z.array(generationSchema),
  /** The command line that repeats it, file by name. */
  commands: z.array(z.string()),
});
export type ReportFile = z.infer<typeof reportFileSchema>;

// What a repaired file says about itself: how its experts' down matrices were fitted, and what that was found to be worth.
import { z } from 'zod';
import { intervalSchema } from './interval.ts';
import { sentenceSchema } from './sentences.ts';

/** The most demos that take part, unless another number is asked for. */
export const REPAIR_DEMOS = 48;
/** The most tokens to fit to, over all demos: they pass the model at once. */
export const REPAIR_TOKENS = 16_384;
/** What is fitted. Fitting the routers as well took 1.6 times as long and gained nothing. */
export const REPAIRED_PARTS = ['down'] as const;
/** The penalty that keeps matrices close to what they were, in units of the mean diagonal of the normal matrices. */
export const REPAIR_RIDGE = 0.3;

/** A figure of the file as it was, the same once it is fitted, and the difference: fitted minus unfitted. */
const comparedSchema = z.object({ before: intervalSchema, after: intervalSchema, difference: intervalSchema });

/** Paired measurements on demos that the repair was not fitted to. */
const repairGateSchema = z.object({
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** KL divergence of the full model's distributions from the pruned model's, in nats per token. */
  kl: comparedSchema,
  /** Share of tokens for which both models predict the same likeliest next token. */
  top1: comparedSchema,
  /** Clearly better, and so worth its place in a file. */
  kept: z.boolean(),
});
export type RepairGate = Readonly<z.infer<typeof repairGateSchema>>;

export const repairFactsSchema = z.object({
  version: z.literal(1),
  domain: z.string(),
  parts: z.tuple([z.literal('down')]),
  /** The number of demos that the parts were fitted to, and of their tokens. */
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** SHA-256 of these tokens. */
  sequences: z.string(),
  ridge: z.number().positive(),
  /** The model whose residual stream the parts were fitted to. */
  source: z.object({ name: z.string(), fingerprint: z.string() }),
  /** Figures of the file with the matrices that it had, and with the fitted ones. */
  gate: repairGateSchema,
  /** All demos that took part, each with the name that people use and the hash of its content. */
  seen: z.array(z.object({ id: z.string(), hash: z.string() })),
});
export type RepairFacts = Readonly<z.infer<typeof repairFactsSchema>>;

/** What a repair needs, as known before a model is loaded. */
export const repairCostSchema = z.object({
  demos: z.object({ fitted: z.int(), judging: z.int() }),
  /** Tokens that pass a model at once. */
  tokens: z.int(),
  /** Duration of recording the full model, fitting, and judging. */
  seconds: z.number(),
  /** Temporary disk space. */
  scratchBytes: z.number(),
  /** Memory needed beyond scoring the same demos. */
  moreBytes: z.number(),
});
export type RepairCost = Readonly<z.infer<typeof repairCostSchema>>;

/** A repair as reports show it. Means per token, in nats, on demos that it was not fitted to. */
export const publishedRepairSchema = z.object({
  parts: repairFactsSchema.shape.parts,
  demos: z.int().nonnegative(),
  kl_before: z.number(),
  kl_after: z.number(),
  judging_demos: z.int().nonnegative(),
});

export type PublishedRepair = Readonly<z.infer<typeof publishedRepairSchema>>;

/** Returns a description of a file's repair for model cards and `winnow inspect`. */
export function repairText({ demos, kl_before, kl_after, judging_demos }: PublishedRepair): string {
  const gain = `${kl_before.toFixed(4)} to ${kl_after.toFixed(4)} nats on ${judging_demos} other demos`;
  return `the experts’ down matrices, fitted to ${demos} demos; KL divergence from the full model ${gain}`;
}

/** Returns a repair as reports show it: KL in nats per token, of the file before and after its repair. */
export function publishedRepair(facts: RepairFacts): PublishedRepair {
  const { demos, gate } = facts;
  const { before, after } = gate.kl;
  return {
    parts: facts.parts,
    demos,
    kl_before: before.value,
    kl_after: after.value,
    judging_demos: gate.demos,
  };
}

/** The outcome of a repair that was asked for. */
export const repairReportSchema = z.object({
  /** null: the repair could not be made. */
  facts: repairFactsSchema.nullable(),
  /** Why the file stays as it was; null: it was repaired. */
  leftOut: sentenceSchema.nullable(),
});
export type RepairReport = Readonly<z.infer<typeof repairReportSchema>>;

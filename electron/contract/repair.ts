// What a repaired file says of itself: how its experts' down matrices were fitted, and what that was found to be worth.
import { z } from 'zod';
import { calibrationGateSchema } from './calibration.ts';

/** Most demos that take part, unless others are asked for. */
export const REPAIR_DEMOS = 48;
/** Tokens of all demos that are fitted to: they pass the model at once. */
export const REPAIR_TOKENS = 16_384;
/** What holds matrices to what they were, in units of the mean diagonal of the normal matrices. */
export const REPAIR_RIDGE = 0.3;

export const repairFactsSchema = z.object({
  version: z.literal(1),
  domain: z.string(),
  /** The matrices were fitted to so many demos, and to so many of their tokens. */
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** SHA-256 of these tokens. */
  sequences: z.string(),
  ridge: z.number().positive(),
  /** The model whose stream was fitted to. */
  source: z.object({ name: z.string(), fingerprint: z.string() }),
  /** The file with the matrices that it had, and with the fitted ones. */
  gate: calibrationGateSchema,
  /** All demos that took part, by what people call them and the hash of their content. */
  seen: z.array(z.object({ id: z.string(), hash: z.string() })),
});
export type RepairFacts = Readonly<z.infer<typeof repairFactsSchema>>;

/** The same as reports say it. Means a token, in nats, on demos that nothing was fitted to. */
export const publishedRepairSchema = z.object({
  demos: z.int().nonnegative(),
  kl_before: z.number(),
  kl_after: z.number(),
  judging_demos: z.int().nonnegative(),
});

export type PublishedRepair = Readonly<z.infer<typeof publishedRepairSchema>>;

/** What a file's repair was, as model cards and `winnow inspect` say it. */
export function repairWords({ demos, kl_before, kl_after, judging_demos }: PublishedRepair): string {
  const gain = `${kl_before.toFixed(4)} to ${kl_after.toFixed(4)} nats on ${judging_demos} other demos`;
  return `the experts’ down matrices, fitted to ${demos} demos; KL divergence from the full model ${gain}`;
}

export function publishedRepair({ demos, gate }: RepairFacts): PublishedRepair {
  const { before, after } = gate.kl;
  return { demos, kl_before: before.value, kl_after: after.value, judging_demos: gate.demos };
}

/** What a repair takes. */
export const repairCostSchema = z.object({
  demos: z.object({ fitted: z.int(), judging: z.int() }),
  /** That pass a model at once. */
  tokens: z.int(),
  seconds: z.object({ low: z.number(), likely: z.number(), high: z.number() }),
  /** On the disk meanwhile. */
  scratchBytes: z.number(),
  /** In memory beside what scoring the same demos takes. */
  moreBytes: z.number(),
});
export type RepairCost = Readonly<z.infer<typeof repairCostSchema>>;

/** What came of a repair that was asked for. */
export const repairReportSchema = z.object({
  /** null: it could not be made. */
  facts: repairFactsSchema.nullable(),
  /** Why the file stays as it was; null: it was repaired. */
  leftOut: z.string().nullable(),
});
export type RepairReport = Readonly<z.infer<typeof repairReportSchema>>;

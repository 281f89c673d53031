// What a repaired file says of itself: how its routers and its experts' down matrices were fitted, and what that was found to be worth.
import { z } from 'zod';
import { scoringEstimateSchema } from './api/runs.ts';
import { calibrationGateSchema } from './calibration.ts';
import { fittedPartsSchema, type FittedParts } from './fitted-parts.ts';
import { sentenceSchema } from './sentences.ts';

/** Most demos that take part, unless others are asked for. */
export const REPAIR_DEMOS = 48;
/** Tokens of all demos that are fitted to: they pass the model at once. */
export const REPAIR_TOKENS = 16_384;
/** What a repair fits unless something else is asked for: routers beside matrices took 1.6 times as long and gave nothing more. */
export const REPAIR_PARTS: FittedParts = ['down'];
/** What holds matrices to what they were, in units of the mean diagonal of the normal matrices. */
export const REPAIR_RIDGE = 0.3;

export const repairFactsSchema = z.object({
  version: z.literal(1),
  domain: z.string(),
  /** Absent: the down matrices, as versions did it that fitted nothing else. */
  parts: fittedPartsSchema.exactOptional(),
  /** They were fitted to so many demos, and to so many of their tokens. */
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

/** What was fitted. */
export function repairedParts({ parts = ['down'] }: Pick<RepairFacts, 'parts'>): FittedParts {
  return parts;
}

/** The same as the key of a text. */
export function repairedWord(parts: FittedParts): FittedParts[number] | 'both' {
  return parts.length > 1 ? 'both' : (parts[0] ?? 'down');
}

const PARTS_TEXT = {
  both: 'the routers and the experts’ down matrices',
  routers: 'the routers',
  down: 'the experts’ down matrices',
} as const;

/** The same in words. */
export function partsText(parts: FittedParts): string {
  return PARTS_TEXT[repairedWord(parts)];
}

/** What a repair or a calibration takes, before a model is loaded. */
export const repairCostSchema = z.object({
  /** `aside`: that say when to stop fitting routers, and that matrices are fitted to as well. */
  demos: z.object({ fitted: z.int(), aside: z.int(), judging: z.int() }),
  /** That pass a model at once. */
  tokens: z.int(),
  /** Experts that a token could be routed to; 0: routers stay. */
  candidates: z.int(),
  /** Of recording the full model, fitting, and judging. */
  seconds: scoringEstimateSchema.shape.seconds,
  /** On the disk meanwhile. */
  scratchBytes: z.number(),
  /** In memory beside what scoring the same demos takes. */
  moreBytes: z.number(),
});
export type RepairCost = Readonly<z.infer<typeof repairCostSchema>>;

/** The same as reports say it. Means a token, in nats, on demos that nothing was fitted to. */
export const publishedRepairSchema = z.object({
  parts: fittedPartsSchema.default(['down']),
  demos: z.int().nonnegative(),
  kl_before: z.number(),
  kl_after: z.number(),
  judging_demos: z.int().nonnegative(),
});

export type PublishedRepair = Readonly<z.infer<typeof publishedRepairSchema>>;

/** What a file's repair was, as model cards and `winnow inspect` say it. */
export function repairWords({ parts, demos, kl_before, kl_after, judging_demos }: PublishedRepair): string {
  const gain = `${kl_before.toFixed(4)} to ${kl_after.toFixed(4)} nats on ${judging_demos} other demos`;
  return `${partsText(parts)}, fitted to ${demos} demos; KL divergence from the full model ${gain}`;
}

/** KL in nats a token, of the file as it was and repaired. */
export function publishedRepair(facts: RepairFacts): PublishedRepair {
  const { demos, gate } = facts;
  const { before, after } = gate.kl;
  return {
    parts: [...repairedParts(facts)],
    demos,
    kl_before: before.value,
    kl_after: after.value,
    judging_demos: gate.demos,
  };
}

/** What came of a repair that was asked for. */
export const repairReportSchema = z.object({
  /** null: it could not be made. */
  facts: repairFactsSchema.nullable(),
  /** Why the file stays as it was; null: it was repaired. */
  leftOut: sentenceSchema.nullable(),
});
export type RepairReport = Readonly<z.infer<typeof repairReportSchema>>;

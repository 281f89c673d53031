// What a repaired file says about itself: how its routers and its experts' down matrices were fitted, and what that was found to be worth.
import { z } from 'zod';
import { scoringEstimateSchema } from './api/runs.ts';
import { calibrationGateSchema } from './calibration.ts';
import { fittedPartsSchema, type FittedParts } from './fitted-parts.ts';
import { sentenceSchema } from './sentences.ts';

/** The most demos that take part, unless another number is asked for. */
export const REPAIR_DEMOS = 48;
/** The most tokens to fit to, over all demos: they pass the model at once. */
export const REPAIR_TOKENS = 16_384;
/** The parts that a repair fits by default: fitting routers as well took 1.6 times as long and gained nothing. */
export const REPAIR_PARTS: FittedParts = ['down'];
/** The penalty that keeps matrices close to what they were, in units of the mean diagonal of the normal matrices. */
export const REPAIR_RIDGE = 0.3;

export const repairFactsSchema = z.object({
  version: z.literal(1),
  domain: z.string(),
  /** Absent: only the down matrices, from a version that could fit nothing else. */
  parts: fittedPartsSchema.exactOptional(),
  /** The number of demos that the parts were fitted to, and of their tokens. */
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** SHA-256 of these tokens. */
  sequences: z.string(),
  ridge: z.number().positive(),
  /** The model whose residual stream the parts were fitted to. */
  source: z.object({ name: z.string(), fingerprint: z.string() }),
  /** Figures of the file with the matrices that it had, and with the fitted ones. */
  gate: calibrationGateSchema,
  /** All demos that took part, each with the name that people use and the hash of its content. */
  seen: z.array(z.object({ id: z.string(), hash: z.string() })),
});
export type RepairFacts = Readonly<z.infer<typeof repairFactsSchema>>;

/** Returns the parts that were fitted. */
export function repairedParts({ parts = ['down'] }: Pick<RepairFacts, 'parts'>): FittedParts {
  return parts;
}

/** Returns the same as part of a text's key. */
export function repairedWord(parts: FittedParts): FittedParts[number] | 'both' {
  return parts.length > 1 ? 'both' : (parts[0] ?? 'down');
}

const PARTS_TEXT = {
  both: 'the routers and the experts’ down matrices',
  routers: 'the routers',
  down: 'the experts’ down matrices',
} as const;

/** Returns the same in words. */
export function partsText(parts: FittedParts): string {
  return PARTS_TEXT[repairedWord(parts)];
}

/** What a repair or a calibration needs, as known before a model is loaded. */
export const repairCostSchema = z.object({
  /** `aside`: demos that decide when to stop fitting routers; matrices are fitted to them as well. */
  demos: z.object({ fitted: z.int(), aside: z.int(), judging: z.int() }),
  /** Tokens that pass a model at once. */
  tokens: z.int(),
  /** Experts that a token could be routed to; 0: the routers are not fitted. */
  candidates: z.int(),
  /** Duration of recording the full model, fitting, and judging. */
  seconds: scoringEstimateSchema.shape.seconds,
  /** Temporary disk space. */
  scratchBytes: z.number(),
  /** Memory needed beyond scoring the same demos. */
  moreBytes: z.number(),
});
export type RepairCost = Readonly<z.infer<typeof repairCostSchema>>;

/** A repair as reports show it. Means per token, in nats, on demos that nothing was fitted to. */
export const publishedRepairSchema = z.object({
  parts: fittedPartsSchema.default(['down']),
  demos: z.int().nonnegative(),
  kl_before: z.number(),
  kl_after: z.number(),
  judging_demos: z.int().nonnegative(),
});

export type PublishedRepair = Readonly<z.infer<typeof publishedRepairSchema>>;

/** Returns a description of a file's repair for model cards and `winnow inspect`. */
export function repairWords({ parts, demos, kl_before, kl_after, judging_demos }: PublishedRepair): string {
  const gain = `${kl_before.toFixed(4)} to ${kl_after.toFixed(4)} nats on ${judging_demos} other demos`;
  return `${partsText(parts)}, fitted to ${demos} demos; KL divergence from the full model ${gain}`;
}

/** Returns a repair as reports show it: KL in nats per token, of the file before and after its repair. */
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

/** The outcome of a repair that was asked for. */
export const repairReportSchema = z.object({
  /** null: the repair could not be made. */
  facts: repairFactsSchema.nullable(),
  /** Why the file stays as it was; null: it was repaired. */
  leftOut: sentenceSchema.nullable(),
});
export type RepairReport = Readonly<z.infer<typeof repairReportSchema>>;

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

/** What came of a repair that was asked for. */
export const repairReportSchema = z.object({
  /** null: it could not be made. */
  facts: repairFactsSchema.nullable(),
  /** Why the file stays as it was; null: it was repaired. */
  leftOut: z.string().nullable(),
});
export type RepairReport = Readonly<z.infer<typeof repairReportSchema>>;

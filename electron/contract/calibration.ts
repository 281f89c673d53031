// What a calibration says about itself: what was fitted and how, and what the fitting was found to be worth.
import { z } from 'zod';
import { fittedPartsSchema } from './fitted-parts.ts';
import { intervalSchema } from './interval.ts';

/** A figure of the model as it was, the same with the fitted parts, and the difference: fitted minus unfitted. */
const comparedSchema = z.object({ before: intervalSchema, after: intervalSchema, difference: intervalSchema });

/** Paired measurements on demos that nothing was fitted to. */
export const calibrationGateSchema = z.object({
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** KL divergence of the full model's distributions from the pruned model's, in nats per token. */
  kl: comparedSchema,
  /** Share of tokens for which both models predict the same likeliest next token. */
  top1: comparedSchema,
  /** Clearly better, and so worth its place in a file. */
  kept: z.boolean(),
});
export type CalibrationGate = Readonly<z.infer<typeof calibrationGateSchema>>;

export const calibrationFactsSchema = z.object({
  version: z.literal(1),
  domain: z.string(),
  /** Absent: only the routers, from a version that could fit nothing else. */
  parts: fittedPartsSchema.exactOptional(),
  /** The number of demos that it was fitted to, and of their tokens. */
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** Demos that decided when to stop. */
  aside: z.int().positive(),
  /** Experts that a token could be routed to; 0: no router was fitted. */
  candidates: z.int().nonnegative(),
  /** Whether factors of the experts' outputs were fitted beside the routers' rows, as in versions that left the matrices alone. */
  scales: z.boolean(),
  gate: calibrationGateSchema,
  /** All demos that took part, each with the name that people use and the hash of its content; older calibrations do not list them. */
  seen: z.array(z.object({ id: z.string(), hash: z.string() })).exactOptional(),
});
export type CalibrationFacts = Readonly<z.infer<typeof calibrationFactsSchema>>;

/** A calibration as reports and recipes show it. Means per token, on demos that nothing was fitted to. */
export const publishedCalibrationSchema = z.object({
  parts: fittedPartsSchema.default(['routers']),
  /** The number of demos that the routers were fitted to. */
  demos: z.int().nonnegative(),
  /** Factors of the experts' outputs were fitted too. */
  scales: z.boolean(),
  /** KL divergence in nats, with the model's routers and with the fitted ones. */
  kl_before: z.number(),
  kl_after: z.number(),
  judging_demos: z.int().nonnegative(),
});

// What a calibration says of itself: what was fitted and how, and what that was found to be worth.
import { z } from 'zod';
import { fittedPartsSchema } from './fitted-parts.ts';
import { intervalSchema } from './interval.ts';

/** The model as it was, with what was fitted, and the difference: fitted minus not. */
const comparedSchema = z.object({ before: intervalSchema, after: intervalSchema, difference: intervalSchema });

/** Measured on demos that nothing was fitted to, in pairs. */
export const calibrationGateSchema = z.object({
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** KL divergence of the full model's distributions from the pruned model's, nats a token. */
  kl: comparedSchema,
  /** Share of tokens whose likeliest token is the full model's. */
  top1: comparedSchema,
  /** Clearly better: worth its place in a file. */
  kept: z.boolean(),
});
export type CalibrationGate = Readonly<z.infer<typeof calibrationGateSchema>>;

export const calibrationFactsSchema = z.object({
  version: z.literal(1),
  domain: z.string(),
  /** Absent: the routers, as versions did it that fitted nothing else. */
  parts: fittedPartsSchema.exactOptional(),
  /** It was fitted to so many demos, and to so many of their tokens. */
  demos: z.int().positive(),
  tokens: z.int().positive(),
  /** Demos that said when to stop. */
  aside: z.int().positive(),
  /** Experts that a token could be routed to; 0: no router was fitted. */
  candidates: z.int().nonnegative(),
  /** Whether factors of the experts' outputs were fitted beside the routers' rows, as versions did it that left matrices alone. */
  scales: z.boolean(),
  gate: calibrationGateSchema,
  /** All demos that took part, by what people call them and the hash of their content; older ones do not say. */
  seen: z.array(z.object({ id: z.string(), hash: z.string() })).exactOptional(),
});
export type CalibrationFacts = Readonly<z.infer<typeof calibrationFactsSchema>>;

/** The same as reports and recipes say it. Means a token, on demos that nothing was fitted to. */
export const publishedCalibrationSchema = z.object({
  parts: fittedPartsSchema.default(['routers']),
  /** That they were fitted to. */
  demos: z.int().nonnegative(),
  /** Factors of the experts' outputs too. */
  scales: z.boolean(),
  /** Nats, with the model's routers and with the fitted ones. */
  kl_before: z.number(),
  kl_after: z.number(),
  judging_demos: z.int().nonnegative(),
});

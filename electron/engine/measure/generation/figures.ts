// Computes figures from the completions of a set of prompts, alone and against the full model's.
import { z } from 'zod';
import type { GenerationFigures } from '../../../contract/api/generations.ts';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../contract/generation-checks.ts';
import { median } from '../../base/statistics/averages.ts';
import { differenceOf, rateOf } from '../../base/statistics/proportions.ts';
import { lengthRatio } from './length-drift.ts';
import { loopSensitivity } from './sensitivity.ts';

/** What figures need to know about one completion. */
export const judgedSchema = z.object({
  loop: z.boolean(),
  truncated: z.boolean().nullable(),
  broken: z.boolean().nullable(),
  answer: z.boolean().nullable(),
  tokens: z.int(),
  /** A hash that is equal for equal tokens. */
  hash: z.string(),
});

/** `[prompt][sample]`, at least one of each. */
export type JudgedPrompts = readonly (readonly Readonly<z.infer<typeof judgedSchema>>[])[];

/** Figures of completions. @param full the full model's, of the same prompts and seeds; null: `ours` are the full model's */
export function figuresOf(ours: JudgedPrompts, full: JudgedPrompts | null): GenerationFigures {
  const lengths = lengthsOf(ours);
  return {
    medianTokens: median(lengths.flat()),
    rates: byCheck((check) => rateOf(outcomes(ours, check))),
    againstFull: full && {
      ...byCheck((check) => differenceOf(outcomes(ours, check), outcomes(full, check))),
      lengthRatio: lengthRatio(lengths, lengthsOf(full)),
      identical: identicalRate(ours, full),
      sensitivity: loopSensitivity(ours.length, rateOf(outcomes(full, 'loop'))?.value ?? 0),
    },
  };
}

function identicalRate(ours: JudgedPrompts, full: JudgedPrompts) {
  const same = ours.map((samples, prompt) => samples.map(({ hash }, sample) => hash === full[prompt]?.[sample]?.hash));
  const rate = rateOf(same);
  if (!rate) throw new RangeError('there are no completions');
  return rate;
}

function byCheck<T>(of: (check: GenerationCheck) => T): Record<GenerationCheck, T> {
  return Object.fromEntries(GENERATION_CHECKS.map((check) => [check, of(check)])) as Record<GenerationCheck, T>;
}

function outcomes(prompts: JudgedPrompts, check: GenerationCheck): (boolean | null)[][] {
  return prompts.map((samples) => samples.map((completion) => completion[check]));
}

function lengthsOf(prompts: JudgedPrompts): number[][] {
  return prompts.map((samples) => samples.map(({ tokens }) => tokens));
}

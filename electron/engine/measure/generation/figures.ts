// Computes figures from the completions of a set of prompts, alone and against the full model's.
import { z } from 'zod';
import type { GenerationFigures } from '../../../contract/api/generations.ts';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../contract/generation-checks.ts';
import { median } from '../../base/statistics/averages.ts';
import { differenceOf, rateOf } from '../../base/statistics/proportions.ts';

/** What figures need to know about one completion. */
export const judgedSchema = z.object({
  loop: z.boolean(),
  truncated: z.boolean().nullable(),
  broken: z.boolean().nullable(),
  answer: z.boolean().nullable(),
  tokens: z.int(),
});

/** One completion a prompt; at least one. */
export type JudgedPrompts = readonly Readonly<z.infer<typeof judgedSchema>>[];

/** Figures of completions. @param full the full model's, of the same prompts; null: `ours` are the full model's */
export function figuresOf(ours: JudgedPrompts, full: JudgedPrompts | null): GenerationFigures {
  return {
    medianTokens: median(ours.map(({ tokens }) => tokens)),
    rates: byCheck((check) => rateOf(ours.map((completion) => completion[check]))),
    againstFull:
      full &&
      byCheck((check) =>
        differenceOf(
          ours.map((completion) => completion[check]),
          full.map((completion) => completion[check]),
        ),
      ),
  };
}

function byCheck<T>(of: (check: GenerationCheck) => T): Record<GenerationCheck, T> {
  return Object.fromEntries(GENERATION_CHECKS.map((check) => [check, of(check)])) as Record<GenerationCheck, T>;
}

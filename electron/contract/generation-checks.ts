// What a completion is checked for, and when a model does worse at it than another one.
import { ALPHA } from './interval.ts';

/** `answer`: the completion gives the demo's answer; all others are faults. */
export const GENERATION_CHECKS = ['loop', 'truncated', 'broken', 'answer'] as const;
export type GenerationCheck = (typeof GENERATION_CHECKS)[number];

/**
 * Whether it is worse by more than chance explains. For answers, worse means that fewer are right.
 * @param difference a share minus the full model's; null: nothing could be judged
 */
export function isWorse(
  check: GenerationCheck,
  difference: { readonly value: number; readonly pValue: number } | null,
): boolean {
  if (difference === null || difference.pValue >= ALPHA) return false;
  return check === 'answer' ? difference.value < 0 : difference.value > 0;
}

// What a completion is checked for, and when a model does worse at it than another one.
import { ALPHA } from './interval.ts';

/** `answer`: it gives the demo's answer; all others are faults. */
export const GENERATION_CHECKS = ['loop', 'truncated', 'broken', 'answer'] as const;
export type GenerationCheck = (typeof GENERATION_CHECKS)[number];

/**
 * Whether chance alone does not explain it. For the answers: fewer are right.
 * @param difference a share less the full model's; null: nothing was judged
 */
export function isWorse(
  check: GenerationCheck,
  difference: { readonly value: number; readonly pValue: number } | null,
): boolean {
  if (difference === null || difference.pValue >= ALPHA) return false;
  return check === 'answer' ? difference.value < 0 : difference.value > 0;
}

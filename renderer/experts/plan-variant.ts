// A plan that is measured as it is, among other choices that start from it.
import type { Variant } from '../../electron/contract/api/evaluations.ts';

type Preview = Extract<Variant, { kind: 'preview' }>;

/** The plan's model with its dropped experts masked. */
export function planItself(planId: number): Preview {
  return { kind: 'preview', planId, criterion: null, keep: null, mix: null };
}

/** Not the plan by another criterion, with another count, or mixed in another way. */
export function isPlanItself(variant: Variant): variant is Preview {
  return variant.kind === 'preview' && variant.criterion === null && hasOwnSize(variant);
}

/** As many experts as the plan keeps, mixed as in the plan. */
export function hasOwnSize({ keep, mix }: Preview): boolean {
  return keep === null && mix === null;
}

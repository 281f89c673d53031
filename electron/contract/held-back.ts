// Demos that a run leaves unscored so that answers can be checked on demos that chose no expert: the last ones of a set.

/** The share that the window holds back. */
const USUAL_SHARE = 0.1;
/** Smaller sets need every demo to choose experts. */
const LEAST_DEMOS = 40;

/** Returns how many demos are held back; at least one demo is scored. @param share of the demos, from 0 to below 1 */
export function heldBack(demos: number, share: number): number {
  return Math.max(0, Math.min(demos - 1, Math.floor(demos * share)));
}

/** Returns how many demos the window holds back: a tenth of a set of 40 demos or more. */
export function usuallyHeldBack(demos: number): number {
  return demos < LEAST_DEMOS ? 0 : heldBack(demos, USUAL_SHARE);
}

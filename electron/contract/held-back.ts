// Demos that a run leaves unscored, so that answers can be checked on demos by which no expert was chosen: the last ones
// of a set.

/** The window's, unless it is switched off. */
const USUAL_SHARE = 0.1;
/** Smaller sets need every demo to choose by. */
const LEAST_DEMOS = 40;

/** @param share of the demos, 0 to below 1; one demo at least is scored */
export function heldBack(demos: number, share: number): number {
  return Math.max(0, Math.min(demos - 1, Math.floor(demos * share)));
}

/** A tenth of a set of 40 demos or more. */
export function usuallyHeldBack(demos: number): number {
  return demos < LEAST_DEMOS ? 0 : heldBack(demos, USUAL_SHARE);
}

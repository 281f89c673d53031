// The sign test of paired outcomes.

/**
 * Returns the p-value of the two-sided exact sign test: how likely such an uneven split would be if both directions
 * were equally likely. For two outcomes of the same items it is McNemar's exact test. 1 if there is nothing to split.
 */
export function signTest(higher: number, lower: number): number {
  const n = higher + lower;
  // in logarithms: the first terms of many trials are too small for a number
  let logMass = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(higher, lower); k++) {
    tail += Math.exp(logMass);
    logMass += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

// Binomial probabilities, exact for any number of trials.

/** ln n! for every n so far. */
const logFactorials = [0];

function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push((logFactorials[i - 1] ?? 0) + Math.log(i));
  return logFactorials[n] ?? 0;
}

/** P(X = k), where X is the number of successes in `n` trials of probability `p`. */
export function binomialMass(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0;
  // 0 · ln 0 counts as 0 here
  const log = (count: number, chance: number): number => (count === 0 ? 0 : count * Math.log(chance));
  return Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) + log(k, p) + log(n - k, 1 - p));
}

/**
 * The largest c for which P(X ≤ c) is at most `alpha` / 2, where X is the number of successes in `n` trials of probability ½.
 * The two-sided exact sign test rejects values at or below c, and at or above n − c.
 * @returns -1 if so few trials cannot reject anything
 */
export function signTestBound(n: number, alpha: number): number {
  let below = 0;
  for (let c = 0; ; c++) {
    below += binomialMass(c, n, 0.5);
    if (2 * below > alpha) return c - 1;
  }
}

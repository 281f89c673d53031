// The sum, the mean and the median of several numbers.

/** Adds values in their order. @returns 0 if there are none */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** @returns NaN if there are no values */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/**
 * @param values in any order
 * @returns the mean of the two middle values if their number is even; NaN if there are none
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

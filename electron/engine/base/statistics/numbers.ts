// The sum, the mean and the median of several numbers, whether all are finite, and random ones that are the same on every machine.

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

/** Whether all numbers in a value, however deep, are finite. */
export function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value instanceof Float32Array || value instanceof Float64Array) return value.every(Number.isFinite);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return Object.values(value).every(isFiniteThroughout);
}

/** Uniform in [0, 1), the same for the same seed: sfc32 by Chris Doty-Humphrey (PractRand). */
export function uniform(seed: number): () => number {
  let [a, b, c, counter] = [0, seed | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return (out >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next(); // until the seed has spread to all bits
  return next;
}

// How far figures are from those that they are held against.

/** Largest |a - b| / |b|; 0 against 0 is no error, anything else against 0 is infinite. */
export function largestError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((max, x, i) => {
    const y = b[i] ?? NaN;
    return x === y ? max : Math.max(max, Math.abs(x - y) / Math.abs(y));
  }, 0);
}

/**
 * ‖a - b‖ / ‖b‖. Not value by value: devices round differently, so now and then a token's fourth and fifth expert change
 * places, and an expert that was used twice is used once.
 */
export function normError(a: Float64Array, b: Float64Array): number {
  const norm = (values: Float64Array): number => Math.hypot(...values);
  return norm(a.map((x, i) => x - (b[i] ?? NaN))) / norm(b);
}

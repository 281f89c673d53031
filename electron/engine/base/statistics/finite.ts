// Figures are finite numbers: NaN and infinite values are never averaged, stored or reported.

/** Whether all numbers in a value, however deep, are finite. */
export function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value instanceof Float32Array || value instanceof Float64Array) return value.every(Number.isFinite);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return Object.values(value).every(isFiniteThroughout);
}

// Reads GGUF keys with their types.
import type { GgufKeys, GgufValue } from '../../contract/model-info.ts';

/** GGUF's default alignment: tensors begin at multiples of this many bytes, unless `general.alignment` says otherwise. */
export const USUAL_ALIGNMENT = 32;
export const ALIGNMENT_KEY = 'general.alignment';

function scalar(value: GgufValue | undefined): GgufValue['value'] {
  return value && !value.array ? value.value : null;
}

/** The text of a key; null: absent, or not a text. */
export function keyString(kv: GgufKeys, key: string): string | null {
  const value = scalar(kv[key]);
  return typeof value === 'string' ? value : null;
}

/** A finite number of any type; null: absent, or not such a number. */
export function keyNumber(kv: GgufKeys, key: string): number | null {
  const value = scalar(kv[key]);
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A whole number, including 64-bit ones that a double holds exactly; null: absent, or not such a number. */
export function keyInteger(kv: GgufKeys, key: string): number | null {
  const value = scalar(kv[key]);
  if (typeof value === 'bigint') return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}

/** A scalar as a one-element list, or an array, of whole numbers; null for anything else. */
export function keyIntegers(kv: GgufKeys, key: string): number[] | null {
  const value = kv[key];
  if (!value) return null;
  if (!value.array) {
    const single = keyInteger(kv, key);
    return single === null ? null : [single];
  }
  const numbers = Array.isArray(value.value) ? value.value.map(Number) : [NaN];
  return numbers.every(Number.isSafeInteger) ? numbers : null;
}

/** All numbers of a key, finite or not; empty for a text, and for a list that was too long to be read. */
export function keyNumbers(kv: GgufKeys, key: string): number[] {
  const values = [kv[key]?.value].flat();
  return values.flatMap((value) => (typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : []));
}

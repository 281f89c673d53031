// Typed reading of GGUF keys.
import type { GgufKeys, GgufValue } from '../../contract/model-info.ts';

function scalar(value: GgufValue | undefined): GgufValue['value'] {
  return value && !value.array ? value.value : null;
}

/** null: absent, or no string. */
export function keyString(kv: GgufKeys, key: string): string | null {
  const value = scalar(kv[key]);
  return typeof value === 'string' ? value : null;
}

/** A finite number of any type; null: absent, or none. */
export function keyNumber(kv: GgufKeys, key: string): number | null {
  const value = scalar(kv[key]);
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A whole number; 64-bit ones too, as long as a double holds them exactly. */
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

/** All numbers of a key, whether or not they are finite; none of a text, and of a list that was too long to be read. */
export function keyNumbers(kv: GgufKeys, key: string): number[] {
  const values = [kv[key]?.value].flat();
  return values.flatMap((value) => (typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : []));
}

/** In each part of a split model that Winnow wrote: the same text, which no part of another set has. */
export const SET_KEY = 'winnow.set';

/** In a file whose experts have fewer neurons than the model's: how many these had, and how many they have. */
export const SOURCE_WIDTH_KEY = 'winnow.source.expert_width';
export const WIDTH_KEY = 'winnow.expert_width';

/** In a file that has tensors of types of their own: which, as they were asked for. */
export const QUANTISED_KEY = 'winnow.quantised';

/** In a repaired file: how its experts' down matrices were fitted. */
export const REPAIR_KEY = 'winnow.repair';

/** In a pruned file: how many next-token-prediction blocks of the full model were left out. */
export const DROPPED_PREDICTION_KEY = 'winnow.dropped_prediction_blocks';

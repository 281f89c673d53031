// Schemas of numeric arrays in messages.
import { z } from 'zod';

/** Returns a schema of a typed array over any buffer; zod's own instanceof would narrow the buffer type too far for what arrives. */
function typedArray<T>(type: abstract new (...args: never[]) => T) {
  return z.custom<T>((value) => value instanceof type, { error: `expected ${type.name}` });
}

export const int32Array = typedArray<Int32Array>(Int32Array);
export const uint8Array = typedArray<Uint8Array>(Uint8Array);
export const float32Array = typedArray<Float32Array>(Float32Array);
export const float64Array = typedArray<Float64Array>(Float64Array);

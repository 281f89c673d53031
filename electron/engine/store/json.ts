// JSON columns: converts values that are written to and read from the database.
import { z } from 'zod';
import { isFiniteThroughout } from '../base/statistics/numbers.ts';

/** A TEXT column that holds JSON of the given form. */
export function jsonColumn<T>(value: z.ZodType<T>): z.ZodType<T> {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch (error) {
        context.addIssue(`not JSON: ${String(error)}`);
        return z.NEVER;
      }
    })
    .pipe(value);
}

/**
 * The text that a JSON column stores.
 * @throws RangeError for NaN or an infinite number: JSON would make null of it
 */
export function toJson(value: unknown): string {
  if (!isFiniteThroughout(value)) throw new RangeError('a figure that is not a finite number is not stored');
  return JSON.stringify(value);
}

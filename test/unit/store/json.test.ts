import { expect, test } from 'vitest';
import { toJson } from '../../../electron/engine/store/json.ts';

test.each([[NaN], [{ figures: [{ value: 1, high: Infinity }] }], [{ sums: Float64Array.of(1, NaN) }]])(
  '%j is not stored: JSON would make null of it',
  (value) => {
    expect(() => toJson(value)).toThrow(RangeError);
  },
);

test('what is finite, or no number, is stored as JSON writes it', () => {
  const value = { a: [1, -0.5, null, true], b: { text: 'NaN' }, c: undefined };
  expect(toJson(value)).toBe(JSON.stringify(value));
});

// The double's carrier of messages against the platform's own structured clone.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloneFromText, cloneToText } from '../electron-double/clone-text.ts';

const cross = (value: unknown): unknown => cloneFromText(cloneToText(value));

const leaves = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity),
  fc.date({ noInvalidDate: false }),
  fc.float32Array(),
  fc.float64Array(),
  fc.uint8Array(),
  fc.int16Array(),
  fc.bigInt64Array(),
);
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaves,
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
}));

test('any value arrives as structured clone would bring it', () => {
  fc.assert(fc.property(values, (value) => isDeepStrictEqual(cross(value), structuredClone(value))));
});

test('shared and circular references stay', () => {
  const shared = { list: new Float32Array([1, 2, 3]) };
  const circular: Record<string, unknown> = { first: shared, second: shared, view: shared.list.subarray(1) };
  circular['self'] = circular;
  const copy = cross(circular) as Record<string, { list: Float32Array } & Float32Array>;
  expect(copy['self']).toBe(copy);
  expect(copy['first']).toBe(copy['second']);
  expect(copy['view']?.buffer).toBe(copy['first']?.list.buffer);
  expect(copy['view']).toEqual(new Float32Array([2, 3]));
});

test('errors keep name, message, stack and cause; sparse arrays stay sparse', () => {
  const error = new RangeError('too far', { cause: { at: 3 } });
  const copy = cross(error) as RangeError;
  expect(copy).toBeInstanceOf(RangeError);
  expect([copy.message, copy.cause, copy.stack]).toEqual([error.message, { at: 3 }, error.stack]);
  const sparse = new Array<number>(3);
  sparse[1] = 1;
  expect(Object.keys(cross(sparse) as object)).toEqual(['1']);
  expect(cross(/a+/giu)).toEqual(/a+/giu);
  expect(cross(new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1))).toEqual(
    new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1),
  );
});

test('what no message carries is refused', () => {
  for (const value of [() => 1, Symbol('s'), Promise.resolve(), new WeakMap(), new Blob(['x']), { deep: [() => 1] }]) {
    expect(() => cloneToText(value)).toThrow('An object could not be cloned.');
  }
});

test('a class is lost on the way, its values are not', () => {
  class Point {
    x = 1;
    length(): number {
      return this.x;
    }
  }
  const copy = cross(new Point());
  expect(copy).toEqual({ x: 1 });
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});

test('a key named __proto__ stays a key', () => {
  const value = JSON.parse('{"__proto__": {"bad": 1}}') as object;
  const copy = cross(value) as Record<string, unknown>;
  expect(Object.keys(copy)).toEqual(['__proto__']);
  expect(copy['bad']).toBeUndefined();
});

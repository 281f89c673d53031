// The mixes that lose least in so many bytes, against trying all of them.
import { describe, expect, test } from 'vitest';
import type { TensorClass } from '../../../electron/contract/mix.ts';
import { TENSOR_TYPES } from '../../../electron/contract/quantise.ts';
import { bestByGateUp, frontierOf, type ClassOption } from '../../../electron/engine/measure/fit/class-sizes.ts';

/** Numbers that are the same in each run: a linear congruential generator. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

/** Types in no order, some larger and worse than others. */
function someOptions(next: () => number, count: number): ClassOption[] {
  return TENSOR_TYPES.slice(0, count).map((type) => ({ type, bytes: Math.floor(1 + 40 * next()), loss: next() }));
}

type Sum = { readonly types: Readonly<Record<string, string>>; readonly bytes: number; readonly loss: number };

/** Every mix there is. */
function everyMix(options: ReadonlyMap<TensorClass, readonly ClassOption[]>): readonly Sum[] {
  let all: Sum[] = [{ types: {}, bytes: 0, loss: 0 }];
  for (const [ofClass, types] of options) {
    all = all.flatMap((sum) =>
      types.map(({ type, bytes, loss }) => ({
        types: { ...sum.types, [ofClass]: type },
        bytes: sum.bytes + bytes,
        loss: sum.loss + loss,
      })),
    );
  }
  return all;
}

const CLASSES: readonly TensorClass[] = ['down', 'attention', 'dense', 'embedding'];

describe.each([1, 2, 3, 4, 5])('against trying all (%i)', (seed) => {
  const next = numbersFrom(seed);
  const gateUp = someOptions(next, 6);
  const others = new Map(CLASSES.map((ofClass) => [ofClass, someOptions(next, 5)] as const));
  const all = everyMix(new Map([['gateUp', gateUp] as const, ...others]));

  test.each([30, 60, 90, 120, 1000])('the best of each gate and up in %i bytes', (room) => {
    const found = bestByGateUp(gateUp, frontierOf(others), room);
    for (const { type } of gateUp) {
      const fitting = all.filter(({ types, bytes }) => types['gateUp'] === type && bytes <= room);
      const best = fitting.toSorted((a, b) => a.loss - b.loss)[0];
      const own = found.find(({ mix }) => mix.gateUp === type);
      expect(own?.loss).toEqual(best && expect.closeTo(best.loss, 12));
      if (!own) continue;
      expect(own.bytes).toBeLessThanOrEqual(room);
      const sum = all.find(({ types }) => Object.entries(own.mix).every(([ofClass, as]) => types[ofClass] === as))!;
      expect([own.bytes, own.loss]).toEqual([sum.bytes, expect.closeTo(sum.loss, 12)]);
    }
  });

  test('no mix on the frontier is as large and loses as much as another', () => {
    const frontier = frontierOf(others);
    for (const [i, { bytes, loss }] of frontier.entries()) {
      if (i === 0) continue;
      expect(bytes).toBeGreaterThan(frontier[i - 1]!.bytes);
      expect(loss).toBeLessThan(frontier[i - 1]!.loss);
    }
  });
});

test('a class that the model does not have is in no mix; without room there is none', () => {
  const options = new Map([['attention', [{ type: 'q4_K', bytes: 10, loss: 1 }]]] as const);
  const gateUp: ClassOption[] = [{ type: 'iq2_s', bytes: 5, loss: 2 }];
  expect(bestByGateUp(gateUp, frontierOf(options), 15)).toEqual([
    { mix: { gateUp: 'iq2_s', attention: 'q4_K' }, bytes: 15, loss: 3 },
  ]);
  expect(bestByGateUp(gateUp, frontierOf(options), 14)).toEqual([]);
});

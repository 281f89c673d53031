import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOrder, inverse, rankedExperts } from '../../../renderer/heatmap/ordering.ts';

const two = { nLayers: 2, nExpert: 3 };

describe('rankedExperts', () => {
  it('orders each layer by falling score, ties by index, unscored ones last', () => {
    const ranked = rankedExperts(Float64Array.of(1, 3, 1, NaN, 0, 2), two);
    expect([...ranked]).toEqual([1, 0, 2, 2, 1, 0]);
  });

  it('is a permutation of every layer whose scores never rise', () => {
    const scores = fc.array(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(scores, (values) => {
        const ranked = rankedExperts(Float64Array.from(values), two);
        for (const layer of [0, 1]) {
          const row = [...ranked.subarray(layer * 3, layer * 3 + 3)];
          expect(row.toSorted()).toEqual([0, 1, 2]);
          const sorted = row.map((expert) => values[layer * 3 + expert]!);
          expect(sorted).toEqual(sorted.toSorted((a, b) => b - a));
        }
      }),
    );
  });
});

describe('columnOrder', () => {
  const own = Int32Array.of(1, 0, 2, 2, 1, 0);
  const other = Int32Array.of(2, 1, 0, 0, 1, 2);

  it('places experts by this score, by index, or by the other score', () => {
    expect([...columnOrder('score', two, own, other).expertAt]).toEqual([...own]);
    expect([...columnOrder('other', two, own, other).expertAt]).toEqual([...other]);
    expect([...columnOrder('index', two, own, other).expertAt]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('goes by index where there is no other run', () => {
    expect([...columnOrder('other', two, own, null).expertAt]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('finds the column of each expert', () => {
    const { columnOf } = columnOrder('score', two, Int32Array.of(2, 0, 1, 0, 1, 2), null);
    expect([...columnOf]).toEqual([1, 2, 0, 0, 1, 2]);
    expect([...inverse(columnOf, two)]).toEqual([2, 0, 1, 0, 1, 2]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FORBIDDEN,
  inverse,
  KEPT,
  layerShares,
  toModel,
  toPicture,
  PINNED,
  quantile,
  rankedExperts,
  roundUp,
  UNSCORED,
} from '../../../renderer/heatmap/model.ts';

const two = { nLayers: 2, nExpert: 3 };

describe('rankedExperts', () => {
  it('orders each layer by falling score, ties by index, unscored ones last', () => {
    const ranked = rankedExperts(Float64Array.of(1, 3, 1, NaN, 0, 2), two);
    expect([...ranked]).toEqual([1, 0, 2, 2, 1, 0]);
    expect([...inverse(ranked, two)]).toEqual([1, 0, 2, 2, 1, 0]);
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

describe('the picture', () => {
  const scores = Float64Array.of(1, 5, 4, 0, 0, 0);

  it('divides by the sum of the layer, ranks from 0, and takes a layer without any score for not scored', () => {
    const { shares, columnAt } = toPicture({ ...two, moeLayers: [3, 4], scores });
    expect([...shares]).toEqual([0.1, 0.5, 0.4, NaN, NaN, NaN]);
    expect([...columnAt.subarray(0, 3)]).toEqual([2, 0, 1]);
    expect([...layerShares(Float64Array.of(1, NaN, 3), two)]).toEqual([0.25, NaN, 0.75]);
  });

  it('has the columns of each layer by score', () => {
    expect([...toPicture({ ...two, moeLayers: [3, 4], scores }).expertAt]).toEqual([1, 2, 0, 0, 1, 2]);
  });

  it('gives the highest shares one colour, from a rounded end', () => {
    const wide = { nLayers: 1, nExpert: 100, moeLayers: [0] };
    const steep = Float64Array.from({ length: 100 }, (_, i) => (i === 0 ? 1000 : 10));
    const { brightest, isClipped, levels } = toPicture({ ...wide, scores: steep });
    expect(brightest).toBe(0.0055);
    expect(isClipped).toBe(true);
    // a share of 10 in 1990
    expect([...levels.subarray(0, 2)]).toEqual([255, 233]);
    const evener = Float64Array.from(steep, (score, i) => (i < 2 ? 1000 : score));
    expect(toPicture({ ...wide, scores: evener }).brightest).toBe(0.35);
    expect(roundUp(0.0312)).toBe(0.035);
    expect(roundUp(0)).toBe(0);
  });
});

describe('the choice', () => {
  const picture = toPicture({ ...two, moeLayers: [3, 4], scores: Float64Array.of(1, 5, 4, 2, 2, 6) });

  it('marks cells, and those outside not', () => {
    const model = toModel(picture, {
      kept: [
        [0, 1],
        [1, 2],
      ],
      pins: [
        { layer: 0, expert: 0 },
        { layer: 9, expert: 0 },
      ],
      drops: [{ layer: 1, expert: 0 }],
      retained: Float64Array.of(0.6, 0.8),
    });
    expect([...model.flags]).toEqual([KEPT | PINNED, KEPT, 0, FORBIDDEN, KEPT, KEPT]);
    expect(model.worst).toBe(0);
  });

  it('is none before one is made', () => {
    const unscored = toPicture({ ...two, moeLayers: [3, 4], scores: Float64Array.of(NaN, 1, 1, 0, 0, 0) });
    const model = toModel(unscored, { kept: null, retained: null, pins: [], drops: [] });
    expect(model).toMatchObject({ worst: null, hasUnscored: true });
    expect([...model.flags]).toEqual([UNSCORED, 0, 0, UNSCORED, UNSCORED, UNSCORED]);
  });

  it('loses most in the first of the layers that retain least, and in none where nothing is lost', () => {
    const worstOf = (...retained: number[]): number | null =>
      toModel(picture, { kept: [[0], [0]], retained: Float64Array.from(retained), pins: [], drops: [] }).worst;
    expect(worstOf(0.8, 0.8)).toBe(0);
    expect(worstOf(0.9, 0.8)).toBe(1);
    expect(worstOf(1, 1 - 1e-15)).toBeNull();
  });
});

describe('quantile', () => {
  it('leaves out what is no number', () => {
    const values = Float64Array.of(NaN, 5, 1, Infinity, 4, 2, 3);
    expect(quantile(values, 0)).toBe(1);
    expect(quantile(values, 0.5)).toBe(3);
    expect(quantile(values, 1)).toBe(5);
    expect(quantile(Float64Array.of(NaN), 0.5)).toBe(0);
  });
});

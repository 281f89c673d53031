import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectExperts } from '../../../electron/engine/experts/selection/layer-rules.ts';
import { arbitraryMatrix, failure, matrixOf, score } from './matrices.ts';

describe('selectExperts', () => {
  it('keeps the K highest of each layer, ascending, with their share of the mass', () => {
    const selection = selectExperts(matrixOf([1, 4, 3, 2], [0, 0, 1, 7]), { keep: 2, nExpertUsed: 2 });
    expect(selection).toEqual({
      kept: [
        [1, 2],
        [2, 3],
      ],
      retained: [0.7, 1],
      keep: 2,
    });
  });

  it('gives ties to the lower index', () => {
    expect(selectExperts(matrixOf([1, 2, 2, 1, 2, 1]), { keep: 4, nExpertUsed: 1 }).kept).toEqual([[0, 1, 2, 4]]);
  });

  it('takes experts without a score for the places that are left', () => {
    expect(selectExperts(matrixOf([0, 0, 3]), { keep: 2, nExpertUsed: 1 })).toMatchObject({
      kept: [[0, 2]],
      retained: [1],
    });
  });

  it('has a finite share for scores whose sum overflows', () => {
    const selection = selectExperts(matrixOf([1e308, 1e308, 1e308, 1e308]), { keep: 3, nExpertUsed: 1 });
    expect(selection.retained).toEqual([0.75]);
  });

  it('keeps pinned and removes dropped experts', () => {
    const options = {
      keep: 2,
      nExpertUsed: 1,
      pins: [{ layer: 1, expert: 0 }],
      drops: [
        { layer: 0, expert: 1 },
        { layer: 1, expert: 3 },
      ],
    };
    expect(selectExperts(matrixOf([1, 4, 3, 2], [0, 1, 2, 7]), options).kept).toEqual([
      [2, 3],
      [0, 2],
    ]);
  });

  it('keeps as many in each group', () => {
    const matrix = matrixOf([9, 8, 7, 6, 1, 2, 3, 4]);
    expect(selectExperts(matrix, { keep: 4, nExpertUsed: 2 }).kept).toEqual([[0, 1, 2, 3]]);
    const balanced = selectExperts(matrix, { keep: 4, nExpertUsed: 2, nGroups: 2 });
    expect(balanced).toMatchObject({ kept: [[0, 1, 6, 7]], retained: [24 / 40] });
  });

  it('takes 0 and 1 groups as none', () => {
    const matrix = matrixOf([9, 8, 7]);
    expect(selectExperts(matrix, { keep: 1, nExpertUsed: 1, nGroups: 0 }).kept).toEqual([[0]]);
    expect(selectExperts(matrix, { keep: 1, nExpertUsed: 1, nGroups: 1 }).kept).toEqual([[0]]);
  });

  it('keeps blocks whole, by their summed score, ties to the lower block', () => {
    const options = { keep: 4, nExpertUsed: 2, expertsPerBlock: 2 };
    expect(selectExperts(matrixOf([5, 0, 3, 3, 1, 4, 1, 1]), options).kept).toEqual([[0, 1, 2, 3]]);
    const pins = [{ layer: 0, expert: 7 }];
    const drops = [{ layer: 0, expert: 2 }];
    expect(selectExperts(matrixOf([5, 0, 3, 3, 1, 4, 1, 1]), { ...options, pins, drops }).kept).toEqual([[0, 1, 6, 7]]);
  });

  it('combines blocks and groups', () => {
    const options = { keep: 4, nExpertUsed: 2, expertsPerBlock: 2, nGroups: 2 };
    expect(selectExperts(matrixOf([0, 1, 5, 5, 4, 4, 9, 0]), options).kept).toEqual([[2, 3, 6, 7]]);
  });

  const eight = matrixOf([1, 2, 3, 4, 5, 6, 7, 8]);
  const at = (expert: number, layer = 0) => ({ layer, expert });
  it.each([
    ['K below the experts used', { keep: 3, nExpertUsed: 4 }, ['3 experts', 'uses 4']],
    ['K above the experts', { keep: 9, nExpertUsed: 2 }, ['9 experts', 'has 8']],
    ['K of 0', { keep: 0, nExpertUsed: 2 }, ['Cannot keep 0']],
    ['a fractional K', { keep: 2.5, nExpertUsed: 2 }, ['2.5']],
    ['more pins than K', { keep: 2, nExpertUsed: 1, pins: [at(0), at(1), at(2)] }, ['3 experts are pinned', 'only 2']],
    [
      'a pinned and dropped expert',
      { keep: 2, nExpertUsed: 1, pins: [at(5)], drops: [at(5)] },
      ['Expert 5 of MoE layer 0'],
    ],
    ['too many drops', { keep: 7, nExpertUsed: 1, drops: [at(0), at(1)] }, ['Only 6', 'keeps 7']],
    ['an expert that does not exist', { keep: 2, nExpertUsed: 1, pins: [at(8)] }, ['pin expert 8', '0 to 7']],
    ['a layer that does not exist', { keep: 2, nExpertUsed: 1, drops: [at(0, 1)] }, ['MoE layer 1', '0 to 0']],
    ['K not a multiple of the groups', { keep: 6, nExpertUsed: 2, nGroups: 4 }, ['multiple of 4', 'not 6']],
    ['one expert per group', { keep: 4, nExpertUsed: 2, nGroups: 4 }, ['at least 8']],
    ['groups that do not divide', { keep: 6, nExpertUsed: 2, nGroups: 3 }, ['8 experts', '3 groups']],
    ['groups that hold too few', { keep: 4, nExpertUsed: 3, nGroups: 2, nGroupsUsed: 1 }, ['at least 6']],
    [
      'too many pins in a group',
      { keep: 4, nExpertUsed: 2, nGroups: 2, pins: [at(4), at(5), at(6)] },
      ['3 experts', 'group 1'],
    ],
    [
      'too many drops in a group',
      { keep: 4, nExpertUsed: 2, nGroups: 2, drops: [at(0), at(1), at(2)] },
      ['Only 1', 'group 0'],
    ],
    ['K not a multiple of the block', { keep: 3, nExpertUsed: 2, expertsPerBlock: 2 }, ['multiple of 2']],
    ['blocks that do not divide', { keep: 3, nExpertUsed: 2, expertsPerBlock: 3 }, ['blocks of 3']],
    [
      'a pin and a drop in one block',
      { keep: 4, nExpertUsed: 2, expertsPerBlock: 2, pins: [at(2)], drops: [at(3)] },
      ['2–3'],
    ],
  ])('refuses %s', (_, options, texts) => {
    expect(() => selectExperts(eight, options)).toThrow(failure('SELECTION_IMPOSSIBLE', ...texts));
  });

  it('goes below the experts used when that is allowed', () => {
    expect(selectExperts(eight, { keep: 1, nExpertUsed: 4, allowFewer: true }).kept).toEqual([[7]]);
  });

  it('accepts groups that hold just enough', () => {
    const options = { keep: 6, nExpertUsed: 3, nGroups: 2, nGroupsUsed: 1 };
    expect(selectExperts(eight, options).kept).toEqual([[1, 2, 3, 5, 6, 7]]);
  });

  it.each([NaN, Infinity, -1e-9])('refuses the score %s and says where it is', (bad) => {
    expect(() => selectExperts(matrixOf([1, 1], [1, bad]), { keep: 1, nExpertUsed: 1 })).toThrow(
      failure('SCORES_INVALID', 'expert 1 in MoE layer 1', String(bad)),
    );
  });

  it('refuses scores that are not the matrix', () => {
    const matrix = { nLayers: 2, nExpert: 3, scores: new Float64Array(5) };
    expect(() => selectExperts(matrix, { keep: 1, nExpertUsed: 1 })).toThrow(failure('SCORES_INVALID', '5 values'));
  });
});

describe('selectExperts, properties', () => {
  const nLayers = 3;
  const nExpert = 16;
  const matrix = arbitraryMatrix(nLayers, nExpert);
  const refs = fc.uniqueArray(
    fc.record({ layer: fc.nat({ max: nLayers - 1 }), expert: fc.nat({ max: nExpert - 1 }) }),
    { maxLength: 8, selector: ({ layer, expert }) => `${layer} ${expert}` },
  );

  it('keeps K distinct experts per layer, ascending, and none that scores less than a removed one', () => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: nExpert }), (scores, keep) => {
        const { kept, retained } = selectExperts(scores, { keep, nExpertUsed: 1 });
        expect(kept).toHaveLength(nLayers);
        kept.forEach((experts, layer) => {
          expect(experts).toHaveLength(keep);
          expect(experts).toEqual([...new Set(experts)].sort((a, b) => a - b));
          const row = scores.scores.subarray(layer * nExpert, (layer + 1) * nExpert);
          const worstKept = Math.min(...experts.map((expert) => row[expert]!));
          row.forEach((value, expert) => {
            if (!experts.includes(expert)) expect(value).toBeLessThanOrEqual(worstKept);
          });
          expect(retained[layer]).toBeGreaterThanOrEqual(keep / nExpert - 1e-12);
          expect(retained[layer]).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it('is nested: the choice of a smaller K is part of that of a larger one', () => {
    fc.assert(
      fc.property(
        arbitraryMatrix(2, 32),
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(1, 2),
        (scores, nGroups, expertsPerBlock) => {
          const options = { nExpertUsed: 1, nGroups, expertsPerBlock };
          const half = selectExperts(scores, { ...options, keep: 16 }).kept;
          const more = selectExperts(scores, { ...options, keep: 24 }).kept;
          half.forEach((experts, layer) => expect(more[layer]).toEqual(expect.arrayContaining([...experts])));
        },
      ),
    );
  });

  it('does not change when a layer is scaled', () => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: -20, max: 20 }), (scores, exponent) => {
        // A power of two keeps every ratio exact.
        const scaled = { ...scores, scores: scores.scores.map((x, i) => (i < nExpert ? x * 2 ** exponent : x)) };
        const options = { keep: 5, nExpertUsed: 1 };
        expect(selectExperts(scaled, options).kept).toEqual(selectExperts(scores, options).kept);
      }),
    );
  });

  it('honours pins and drops', () => {
    fc.assert(
      fc.property(matrix, refs, refs, (scores, pins, candidates) => {
        const drops = candidates.filter((d) => !pins.some((p) => p.layer === d.layer && p.expert === d.expert));
        const { kept } = selectExperts(scores, { keep: 8, nExpertUsed: 1, pins, drops });
        for (const { layer, expert } of pins) expect(kept[layer]).toContain(expert);
        for (const { layer, expert } of drops) expect(kept[layer]).not.toContain(expert);
        for (const experts of kept) expect(experts).toHaveLength(8);
      }),
    );
  });

  it('balances groups and keeps blocks whole', () => {
    fc.assert(
      fc.property(matrix, (scores) => {
        const { kept } = selectExperts(scores, { keep: 8, nExpertUsed: 2, nGroups: 2, expertsPerBlock: 2 });
        for (const experts of kept) {
          expect(experts.filter((expert) => expert < nExpert / 2)).toHaveLength(4);
          expect(experts).toHaveLength(8);
          for (const expert of experts) expect(experts).toContain(expert ^ 1);
        }
      }),
    );
  });

  it('keeps the same experts when the score of a kept one rises', () => {
    fc.assert(
      fc.property(matrix, score, (scores, bonus) => {
        const options = { keep: 6, nExpertUsed: 1 };
        const before = selectExperts(scores, options).kept[0]!;
        const raised = scores.scores.slice();
        raised[before[0]!] = raised[before[0]!]! + bonus;
        expect(selectExperts({ ...scores, scores: raised }, options).kept[0]).toEqual(before);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepForBudget, memoryBytes } from '../../../electron/engine/models/placement/conversation.ts';
import { failure } from './matrices.ts';

// 1000 bytes of weights, 800 of them in 8 experts: 100 per expert, 200 fixed.
const facts = { fullBytes: 1000, expertBytes: 800, nExpert: 8, kvBytes: 30, computeBytes: 20 };

describe('memoryBytes', () => {
  it('is the fixed part, the kept experts, the cache and the overhead', () => {
    expect(memoryBytes(facts, 8)).toBe(1050);
    expect(memoryBytes(facts, 3)).toBe(550);
  });

  it('is exact where the experts of all layers have terabytes', () => {
    const expertBytes = 1023 * 15_000_000_007;
    const large = { ...facts, fullBytes: expertBytes + 1, expertBytes, nExpert: 1023 };
    for (const keep of [1, 613, 1021, 1023]) expect(memoryBytes(large, keep)).toBe(keep * 15_000_000_007 + 51);
    expect(memoryBytes({ ...large, expertBytes: 10, nExpert: 7 }, 3)).toBe(large.fullBytes - 10 + 5 + 50);
  });
});

describe('keepForBudget', () => {
  const options = { ...facts, nExpertUsed: 2 };
  it.each([
    [1050, 8],
    [5000, 8],
    [1049, 7],
    [550, 3],
    [549, 2],
    [450, 2],
  ])('%i bytes hold %i experts', (budgetBytes, keep) => {
    expect(keepForBudget({ ...options, budgetBytes })).toBe(keep);
  });

  it('says how much is missing at the fewest experts', () => {
    expect(() => keepForBudget({ ...options, budgetBytes: 449 })).toThrow(
      expect.objectContaining({
        code: 'SELECTION_IMPOSSIBLE',
        details: { smallestKeep: 2, neededBytes: 450, missingBytes: 1, budgetBytes: 449 },
      }),
    );
    const gib = 2 ** 30;
    const large = { fullBytes: 20 * gib, expertBytes: 16 * gib, nExpert: 128, kvBytes: gib, computeBytes: gib / 2 };
    expect(() => keepForBudget({ ...large, nExpertUsed: 8, budgetBytes: 6 * gib })).toThrow(
      failure('SELECTION_IMPOSSIBLE', '8 of 128', '7.0 GB', '536.9 MB more'),
    );
  });

  it('keeps a multiple of the unit', () => {
    expect(keepForBudget({ ...options, budgetBytes: 1049, unit: 4 })).toBe(4);
    expect(() => keepForBudget({ ...options, budgetBytes: 649, unit: 4 })).toThrow(
      failure('SELECTION_IMPOSSIBLE', '4 of 8'),
    );
  });

  it('keeps a multiple of the unit where the experts are none', () => {
    const seven = { ...options, fullBytes: 900, expertBytes: 700, nExpert: 7 };
    expect(keepForBudget({ ...seven, budgetBytes: 949, unit: 2 })).toBe(6);
    expect(keepForBudget({ ...seven, budgetBytes: 950, unit: 2 })).toBe(7);
  });

  it('finds the largest count that fits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 3000 }), (budgetBytes, expertBytes) => {
        const odd = { ...facts, fullBytes: 3000, expertBytes, nExpert: 7 };
        const fits = [2, 3, 4, 5, 6, 7].filter((keep) => memoryBytes(odd, keep) <= budgetBytes);
        const found = (): number => keepForBudget({ ...odd, nExpertUsed: 2, budgetBytes });
        if (fits.length === 0) expect(found).toThrow(failure('SELECTION_IMPOSSIBLE'));
        else expect(found()).toBe(Math.max(...fits));
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { countLimits, countToKeep, type Routing } from '../../../electron/engine/experts/selection/choose-experts.ts';

const routing: Routing = {
  nExpert: 32,
  nExpertUsed: 4,
  nExpertGroups: 1,
  nExpertGroupsUsed: undefined,
  expertsPerBlock: 1,
};
/** One byte an expert, and nothing else. */
const facts = { fullBytes: 32, expertBytes: 32, nExpert: 32, kvBytes: 0, computeBytes: 0 };
const roomFor = (bytes: number) => ({ kind: 'fit' as const, bytes, ctx: 1 });

const count = (bytes: number, drops: { layer: number; expert: number }[], of = routing): Promise<number> =>
  countToKeep({ keep: roomFor(bytes), grouping: 'ungrouped', drops }, of, () => facts);

describe('countToKeep', () => {
  it('fills a memory size', async () => {
    expect(await count(20, [])).toBe(20);
    expect(await count(100, [])).toBe(32);
  });

  it('fills it only as far as the layer with the most drops has experts left', async () => {
    const drops = [
      { layer: 0, expert: 3 },
      { layer: 1, expert: 3 },
      { layer: 1, expert: 4 },
      { layer: 1, expert: 4 },
    ];
    expect(await count(100, drops)).toBe(30);
    expect(await count(20, drops)).toBe(20);
  });

  it('stays a multiple of the experts of a block', async () => {
    expect(await count(100, [{ layer: 0, expert: 0 }], { ...routing, expertsPerBlock: 4 })).toBe(28);
  });
});

describe('countLimits', () => {
  it.each([
    { used: 4, groupsUsed: undefined, smallest: 8, why: 'two a group' },
    { used: 4, groupsUsed: 2, smallest: 8, why: 'two of each group that a token reaches' },
    { used: 4, groupsUsed: 1, smallest: 16, why: 'all that a token passes are of one group' },
    { used: 5, groupsUsed: 2, smallest: 12, why: 'half of five, upwards' },
  ])('of balanced groups: $why', ({ used, groupsUsed, smallest }) => {
    const grouped = { ...routing, nExpertUsed: used, nExpertGroups: 4, nExpertGroupsUsed: groupsUsed };
    expect(countLimits(grouped, 'balanced')).toEqual({ unit: 4, smallest });
    expect(countLimits(grouped, 'ungrouped')).toEqual({ unit: 1, smallest: used });
  });
});

import { describe, expect, it } from 'vitest';
import type { Routing } from '../../../electron/engine/experts/selection/choose-experts.ts';
import { keepSteps } from '../../../electron/engine/experts/selection/keep-steps.ts';

const routing: Routing = {
  nExpert: 32,
  nExpertUsed: 4,
  nExpertGroups: 1,
  nExpertGroupsUsed: undefined,
  expertsPerBlock: 1,
};
const FREE: Parameters<typeof keepSteps>[2] = { pins: [], drops: [], grouping: 'ungrouped' };
const pinsOf = (n: number) => Array.from({ length: n }, (_, expert) => ({ layer: 1, expert }));

const counts = (of: Partial<Routing>, change: Partial<Parameters<typeof keepSteps>[2]> = {}): (number | null)[] =>
  keepSteps({ ...routing, ...of }, 2, { ...FREE, ...change }, null).map(({ keep }) => keep);

describe('keepSteps', () => {
  it('are three quarters, half and a quarter of the experts', () => {
    expect(keepSteps(routing, 2, FREE, null)).toEqual([
      { share: 0.75, keep: 24 },
      { share: 0.5, keep: 16 },
      { share: 0.25, keep: 8 },
    ]);
  });

  it('are whole blocks, and the same in each balanced group', () => {
    expect(counts({ nExpert: 36, expertsPerBlock: 4 })).toEqual([28, 20, 8]);
    expect(counts({ nExpert: 60, nExpertGroups: 4 }, { grouping: 'balanced' })).toEqual([44, 32, 16]);
    expect(counts({ nExpert: 60, nExpertGroups: 4 })).toEqual([45, 30, 15]);
  });

  it('leave out what the router, pins or drops do not allow', () => {
    expect(counts({ nExpertUsed: 9 })).toEqual([24, 16, null]);
    expect(counts({}, { pins: pinsOf(9) })).toEqual([24, 16, null]);
    expect(counts({}, { drops: pinsOf(9) })).toEqual([null, 16, 8]);
  });

  it('leave out more than took part in the scoring', () => {
    const half = Array.from({ length: 2 }, () => Array.from({ length: 16 }, (_, expert) => expert));
    expect(keepSteps(routing, 2, FREE, half).map(({ keep }) => keep)).toEqual([null, 16, 8]);
  });
});

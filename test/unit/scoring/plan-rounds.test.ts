import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskOfRun, maskSetting } from '../../../electron/engine/experts/runs/run-mask.ts';
import { roundCounts } from '../../../electron/engine/experts/scoring/plan-rounds.ts';

test.each([
  [{ start: 32, keep: 16, rounds: 1, unit: 1 }, [32]],
  // each round drops the same share: 32 · (1/2)^(1/2) = 22.6
  [{ start: 32, keep: 16, rounds: 2, unit: 1 }, [32, 23]],
  [{ start: 32, keep: 8, rounds: 2, unit: 1 }, [32, 16]],
  [{ start: 128, keep: 16, rounds: 3, unit: 1 }, [128, 64, 32]],
  [{ start: 64, keep: 32, rounds: 2, unit: 8 }, [64, 48]],
  [{ start: 16, keep: 16, rounds: 3, unit: 1 }, [16, 16, 16]],
])('%o', (counts, expected) => {
  expect(roundCounts(counts)).toEqual(expected);
});

test('counts fall from all towards the goal, in whole units', () => {
  const counts = fc
    .record({
      unit: fc.integer({ min: 1, max: 8 }),
      a: fc.integer({ min: 1, max: 48 }),
      b: fc.integer({ min: 1, max: 48 }),
      rounds: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ unit, a, b, rounds }) => ({ unit, rounds, start: unit * Math.max(a, b), keep: unit * Math.min(a, b) }));
  fc.assert(
    fc.property(counts, (request) => {
      const all = roundCounts(request);
      expect(all).toHaveLength(request.rounds);
      expect(all[0]).toBe(request.start);
      expect(all.every((count) => count % request.unit === 0 && count >= request.keep)).toBe(true);
      expect(all.every((count, i) => i === 0 || count <= all[i - 1]!)).toBe(true);
    }),
  );
});

test('a run’s settings give back the mask that it was scored under', () => {
  const mask = {
    kept: [
      [0, 2],
      [1, 3],
    ],
    ungrouped: true,
  };
  const settings = { version: 1, mask: maskSetting(mask, 4) };
  expect(settings.mask.rows).toEqual(['1010', '0101']);
  expect(maskOfRun(JSON.parse(JSON.stringify(settings)))).toEqual(mask);
  expect(maskOfRun({ version: 1 })).toBeNull();
});

import { expect, test } from 'vitest';
import type { JudgedChoice } from '../../../electron/contract/api/evaluations.ts';
import type { VerdictSide } from '../../../electron/contract/verdict.ts';
import { choicesScale } from '../../../renderer/verdict/choices-scale.ts';

const side = (value: number, low: number | null, high: number | null): VerdictSide => {
  const figures = { ratio: { value, low, high }, tokens: 100, grade: 'amber' as const };
  return { ...figures, parts: [{ domain: 'law', top1: null, ...figures }] };
};

function choice(pruned: number, inside: VerdictSide | null, outside: VerdictSide | null): JudgedChoice {
  const verdict = {
    bytes: { full: 100e6, pruned, predicted: false },
    domains: ['law'],
    inside,
    outside,
    unknown: null,
    answers: null,
  };
  const about = {
    hash: String(pruned),
    modelId: null,
    selectionId: 1,
    exportId: null,
    name: 'law',
    keep: 4,
    nExpert: 8,
  };
  return { ...about, verdict: { ...verdict, grade: inside?.grade ?? null } };
}

const AREA = { left: 40, right: 640, top: 10, bottom: 260 };

test('holds every interval, the full model, and the line to severe damage', () => {
  const scale = choicesScale([choice(50e6, side(1.02, 0.99, 1.04), side(3, 2, 4.5)), choice(70e6, null, null)], AREA);
  for (const ratio of [0.99, 1, 1.5, 4.5]) {
    expect(scale.y(ratio)).toBeGreaterThanOrEqual(AREA.top);
    expect(scale.y(ratio)).toBeLessThanOrEqual(AREA.bottom);
  }
  for (const bytes of [50e6, 70e6, 100e6]) {
    expect(scale.x(bytes)).toBeGreaterThan(AREA.left);
    expect(scale.x(bytes)).toBeLessThan(AREA.right);
  }
  // damage up, size across; equal factors are equal distances
  expect(scale.y(2)).toBeLessThan(scale.y(1));
  expect(scale.x(70e6)).toBeGreaterThan(scale.x(50e6));
  expect(scale.y(1) - scale.y(2)).toBeCloseTo(scale.y(2) - scale.y(4), 9);
  expect(scale.yTicks).toEqual([1, 1.1, 1.2, 1.5, 2, 3]);
  expect(scale.xTicks.length).toBeGreaterThan(2);
});

test('a single choice without an interval has a scale too, and huge damage few ticks', () => {
  const one = choicesScale([choice(100e6, side(1, null, null), null)], AREA);
  expect(one.x(100e6)).toBeGreaterThan(AREA.left);
  expect(one.x(100e6)).toBeLessThan(AREA.right);
  const wild = choicesScale([choice(50e6, side(400, 300, 900), null)], AREA);
  expect(wild.yTicks.length).toBeLessThanOrEqual(7);
  expect(wild.yTicks[0]).toBe(1);
});

import { describe, expect, it } from 'vitest';
import { levelScale, levelsOf, NEUTRAL_LEVEL } from '../../../renderer/heatmap/magnitude.ts';
import { modelOf } from './pictures.ts';

/** 64 experts, one of which has most of the score. */
const heavy = [Array.from({ length: 64 }, (_, expert) => (expert === 5 ? 1000 : expert + 1))];

describe('share', () => {
  it('is linear from 0, with equal colours beyond a rounded end', () => {
    const { scale, levels } = modelOf({ rows: heavy });
    const [low, high] = scale.ends;
    expect(low).toBe(0);
    expect(scale.clipped).toEqual([false, true]);
    expect(scale.position(high / 2)).toBeCloseTo(0.5, 12);
    expect(levels[5]).toBe(255);
    expect(levels[31]).toBe(Math.round((32 / (1000 + 2080 - 6) / high) * 255));
  });

  it('rests while the scores change a little', () => {
    const later = heavy.map((row) => row.map((score, expert) => score * (1 + (expert % 3) / 1000)));
    expect(modelOf({ rows: later }).scale.ends).toEqual(modelOf({ rows: heavy }).scale.ends);
  });

  it('has one scale for two runs, whichever is shown', () => {
    const flat = [Array.from({ length: 64 }, () => 1)];
    const there = modelOf({ rows: heavy, other: flat });
    const back = modelOf({ rows: flat, other: heavy });
    expect(there.scale.ends).toEqual(back.scale.ends);
  });
});

describe('log', () => {
  it('gives equal factors equal steps', () => {
    const rows = [Array.from({ length: 32 }, (_, expert) => 2 ** (expert / 3))];
    const { scale, levels } = modelOf({ rows, scale: 'log' });
    const steps = Array.from({ length: 28 }, (_, i) => levels[i + 3]! - levels[i + 2]!);
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1);
    expect(scale.ticks.every((tick) => Number.isInteger(Math.log10(tick)))).toBe(true);
  });

  it('shows experts that were never used in the first colour', () => {
    const { levels, scale } = modelOf({ rows: [[0, 1, 10, 100]], scale: 'log' });
    expect(levels[0]).toBe(0);
    expect(scale.clipped[0]).toBe(true);
  });

  it('has a length where all shares are equal', () => {
    const { scale, levels } = modelOf({ rows: [[1, 1]], scale: 'log' });
    expect(scale.ends[0]).toBeLessThan(scale.ends[1]);
    expect([...levels]).toEqual([255, 255]);
  });
});

describe('rank', () => {
  it('spreads each layer over all colours, whatever its scores', () => {
    const { levels } = modelOf({
      rows: [
        [1, 2, 3],
        [900, 1, 100],
      ],
      scale: 'rank',
    });
    expect([...levels]).toEqual([0, 128, 255, 255, 0, 128]);
  });
});

describe('difference', () => {
  const rows = [[1, 3, 4]];
  const other = [[3, 1, 4]];

  it('has the neutral colour in the middle and is even to both sides', () => {
    const { levels, scale } = modelOf({ rows, other, mode: 'difference' });
    expect(scale.unit).toBe('share-difference');
    expect(levels[2]).toBe(NEUTRAL_LEVEL);
    expect(levels[0]! - NEUTRAL_LEVEL).toBe(NEUTRAL_LEVEL - levels[1]!);
    expect(levels[1]).toBeGreaterThan(NEUTRAL_LEVEL);
  });

  it('compares by factor on the logarithmic scale', () => {
    const { scale } = modelOf({ rows, other, mode: 'difference', scale: 'log' });
    expect(scale.unit).toBe('factor');
    expect(scale.ends[1]).toBeCloseTo(2, 0);
  });

  it('puts an expert that only one run used at the end', () => {
    const model = modelOf({ rows: [[0, 1, 2]], other: [[1, 0, 2]], mode: 'difference', scale: 'log' });
    expect(model.levels[0]).toBe(1);
    expect(model.levels[1]).toBe(255);
  });

  it('counts ranks upwards', () => {
    const { levels, scale } = modelOf({ rows, other, mode: 'difference', scale: 'rank' });
    expect(scale.ends).toEqual([-2, 2]);
    expect(levels[1]).toBe(NEUTRAL_LEVEL + 64);
  });

  it('shows the scores where there is no other run', () => {
    expect(modelOf({ rows, mode: 'difference' }).scale.unit).toBe('share');
  });
});

describe('levelsOf', () => {
  it('leaves unscored cells at 0', () => {
    const scale = levelScale('share', 'score', [Float64Array.of(0.5, 1)], 2);
    expect([...levelsOf(Float64Array.of(NaN, 1), scale)]).toEqual([0, 255]);
  });
});

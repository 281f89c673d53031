import { describe, expect, it } from 'vitest';
import { brightness, cellColours, parseRgb, type HeatmapTheme } from '../../../renderer/heatmap/colour.ts';
import { NEUTRAL_LEVEL } from '../../../renderer/heatmap/magnitude.ts';
import { THEME } from './pictures.ts';

const DARK: HeatmapTheme = { ...THEME, bg: [21, 25, 28], text: [227, 231, 234], textDim: [156, 167, 176] };

const rises = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value >= values[i - 1]!);
const saturation = ([red, green, blue]: readonly [number, number, number]): number =>
  Math.max(red, green, blue) - Math.min(red, green, blue);

describe.each([
  ['light', THEME],
  ['dark', DARK],
])('cellColours on %s', (_, theme) => {
  const { kept, dropped, hatch } = cellColours(false, theme);

  it('grow brighter with the level, kept and dropped', () => {
    expect(kept).toHaveLength(256);
    expect(rises(kept.map(brightness))).toBe(true);
    expect(rises(dropped.map(brightness))).toBe(true);
  });

  it('take the hue from dropped cells and hatch them visibly', () => {
    for (const level of [0, 64, 192, 255]) expect(saturation(dropped[level]!)).toBeLessThan(20);
    expect(saturation(kept[0]!)).toBeGreaterThan(60);
    expect(saturation(kept[255]!)).toBeGreaterThan(60);
    for (const level of [0, 128]) {
      expect(Math.abs(brightness(hatch[level]!) - brightness(dropped[level]!))).toBeGreaterThan(12);
    }
  });

  it('diverge from near the background to blue and orange', () => {
    const diverging = cellColours(true, theme).kept;
    const [less, none, more] = [diverging[1]!, diverging[NEUTRAL_LEVEL]!, diverging[255]!];
    expect(less[2]).toBeGreaterThan(less[0] + 60);
    expect(more[0]).toBeGreaterThan(more[2] + 60);
    expect(saturation(none)).toBeLessThan(16);
    expect(Math.abs(brightness(none) - brightness(theme.bg))).toBeLessThan(40);
  });
});

describe('forced colours', () => {
  it('say by texture alone that a cell is dropped', () => {
    const { dropped, hatch } = cellColours(false, { ...THEME, forced: true });
    expect(dropped[200]).toEqual(THEME.bg);
    expect(hatch[200]).toEqual(THEME.text);
  });
});

describe('parseRgb', () => {
  it('reads computed colours and refuses others', () => {
    expect(parseRgb('rgb(1, 20, 255)')).toEqual([1, 20, 255]);
    expect(() => parseRgb('Canvas')).toThrow(/Canvas/);
  });
});

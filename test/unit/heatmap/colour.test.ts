import { describe, expect, it } from 'vitest';
import { brightness, cellColours, parseRgb, type HeatmapTheme } from '../../../renderer/heatmap/colour.ts';
import { NEUTRAL_LEVEL } from '../../../renderer/heatmap/magnitude.ts';
import { VISIONS, difference } from './colour-vision.ts';
import { THEME } from './pictures.ts';

const DARK: HeatmapTheme = {
  ...THEME,
  bg: [21, 25, 28],
  text: [227, 231, 234],
  textDim: [156, 167, 176],
  dropped: [143, 135, 124],
};

/** But for the rounding of red, green and blue to whole numbers. */
const rises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > values[i - 1]! - 0.25);
const saturation = ([red, green, blue]: readonly [number, number, number]): number =>
  Math.max(red, green, blue) - Math.min(red, green, blue);

describe.each([
  ['light', THEME],
  ['dark', DARK],
])('cellColours on %s', (_, theme) => {
  const { kept, dropped, hatch } = cellColours(false, theme);

  it('grow brighter with the level where kept, and leave the background where dropped', () => {
    expect(kept).toHaveLength(256);
    expect(rises(kept.map(brightness))).toBe(true);
    const fromBackground = dropped.map((colour) => Math.abs(brightness(colour) - brightness(theme.bg)));
    expect(rises(fromBackground)).toBe(true);
    expect(fromBackground[0]).toBeGreaterThan(5);
  });

  // 2 is about what two patches side by side must differ by to be told apart
  it.each(Object.keys(VISIONS).filter((vision) => vision !== 'tritanopia'))(
    'never confuse a kept cell with a dropped one, hatch aside: %s',
    (vision) => {
      const nearest = Math.min(...kept.flatMap((a) => dropped.map((b) => difference(a, b, vision))));
      expect(nearest).toBeGreaterThan(10);
    },
  );

  it('differ for the one in ten thousand without blue cones, who have the hatch too', () => {
    const nearest = Math.min(...kept.flatMap((a) => dropped.map((b) => difference(a, b, 'tritanopia'))));
    expect(nearest).toBeGreaterThan(2);
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

describe('the difference of two runs', () => {
  it('leaves dropped cells near the background where the runs agree', () => {
    const { dropped } = cellColours(true, THEME);
    const [less, none, more] = [dropped[1]!, dropped[NEUTRAL_LEVEL]!, dropped[255]!].map(brightness);
    expect(none).toBeGreaterThan(less!);
    expect(none).toBeGreaterThan(more!);
  });
});

describe('parseRgb', () => {
  it('reads computed colours and refuses others', () => {
    expect(parseRgb('rgb(1, 20, 255)')).toEqual([1, 20, 255]);
    expect(() => parseRgb('Canvas')).toThrow(/Canvas/);
  });
});

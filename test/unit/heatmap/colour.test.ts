import { describe, expect, it } from 'vitest';
import {
  droppedColours,
  hatchOpacity,
  KEPT_COLOURS,
  mix,
  type HeatmapTheme,
  type Rgb,
} from '../../../renderer/heatmap/colour.ts';
import { VISIONS, difference } from './colour-vision.ts';
import { THEME } from './pictures.ts';

const DARK: HeatmapTheme = {
  ...THEME,
  bg: [21, 25, 28],
  text: [227, 231, 234],
  textDim: [156, 167, 176],
  dropped: [143, 135, 124],
};

/** The perceived brightness, 0 to 255. */
const brightness = ([red, green, blue]: Rgb): number => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
/** But for the rounding of red, green and blue to whole numbers. */
const rises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > values[i - 1]! - 0.25);
const saturation = ([red, green, blue]: readonly [number, number, number]): number =>
  Math.max(red, green, blue) - Math.min(red, green, blue);

describe.each([
  ['light', THEME],
  ['dark', DARK],
])('the colours of cells on %s', (_, theme) => {
  const kept = KEPT_COLOURS;
  const dropped = droppedColours(theme);
  const hatch = dropped.map((colour) => mix(colour, theme.text, hatchOpacity(theme)));

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
});

describe('forced colours', () => {
  it('say by texture alone that a cell is dropped', () => {
    const forced = { ...THEME, forced: true };
    expect(droppedColours(forced)[200]).toEqual(THEME.bg);
    expect(hatchOpacity(forced)).toBe(1);
  });
});

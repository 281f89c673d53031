import { describe, expect, it } from 'vitest';
import { paintCells, pixelColours, pixelOf, texturePeriod } from '../../../renderer/heatmap/cell-pixels.ts';
import type { Layout } from '../../../renderer/heatmap/layout.ts';
import type { HeatmapModel } from '../../../renderer/heatmap/model.ts';
import type { Point } from '../../../renderer/heatmap/types.ts';
import { COLOURS, layoutOf, modelOf, THEME } from './pictures.ts';

const colours = pixelColours(COLOURS, THEME.bg);
const gap = pixelOf(THEME.bg);
const UNPAINTED = 0x12345678;

function paint(model: HeatmapModel, layout: Layout, scroll: Point = { x: 0, y: 0 }): (x: number, y: number) => number {
  const { w, h } = layout.view;
  const target = new Uint32Array(w * h).fill(UNPAINTED);
  paintCells(target, model, layout, scroll, colours);
  expect(target).not.toContain(UNPAINTED);
  return (x, y) => target[y * w + x]!;
}

describe('pixelOf', () => {
  it('has the bytes of an image: red, green, blue, opaque', () => {
    expect([...new Uint8Array(Uint32Array.of(pixelOf([1, 2, 3])).buffer)]).toEqual([1, 2, 3, 255]);
  });
});

describe('paintCells', () => {
  it('fills each cell with the colour of its level and leaves the gaps', () => {
    const model = modelOf({ rows: [[1, 4, 3, 2]], scale: 'rank' });
    const layout = layoutOf({ nLayers: 1, nExpert: 4, size: { w: 4 * 28, h: 28 } });
    const at = paint(model, layout);
    expect(layout.cell).toEqual({ w: 28, h: 28 });
    [0, 255, 170, 85].forEach((level, column) => {
      for (const [x, y] of [
        [0, 0],
        [26, 0],
        [0, 26],
        [26, 26],
      ] as const) {
        expect(at(column * 28 + x, y)).toBe(colours.kept[level]);
      }
      expect(at(column * 28 + 27, 3)).toBe(gap);
      expect(at(column * 28 + 3, 27)).toBe(gap);
    });
  });

  it('stands in the order of the columns', () => {
    const at = paint(
      modelOf({ rows: [[1, 4, 3, 2]], scale: 'rank', order: 'score' }),
      layoutOf({ nLayers: 1, nExpert: 4, size: { w: 4 * 28, h: 28 } }),
    );
    expect([0, 1, 2, 3].map((column) => at(column * 28, 0))).toEqual(
      [255, 170, 85, 0].map((level) => colours.kept[level]),
    );
  });

  it('hatches dropped cells and no others', () => {
    const model = modelOf({ rows: [[1, 2]], scale: 'rank', kept: [[1]] });
    const at = paint(model, layoutOf({ nLayers: 1, nExpert: 2, size: { w: 2 * 28, h: 28 } }));
    const period = texturePeriod(1);
    for (let y = 0; y < 27; y++) {
      for (let x = 0; x < 27; x++) {
        expect(at(x, y)).toBe((x + y) % period === 0 ? colours.hatch[0] : colours.dropped[0]);
        expect(at(28 + x, y)).toBe(colours.kept[255]);
      }
    }
  });

  it('dots cells that are not scored yet', () => {
    const at = paint(
      modelOf({ rows: [[1, NaN]], kept: [[0, 1]] }),
      layoutOf({ nLayers: 1, nExpert: 2, size: { w: 2 * 28, h: 28 } }),
    );
    const period = texturePeriod(1);
    expect(at(30, 0)).toBe(colours.emptyDots);
    expect(at(30 + period, period)).toBe(colours.emptyDots);
    expect(at(31, 0)).toBe(colours.empty);
    expect(at(30, 1)).toBe(colours.empty);
  });

  it('shows the same picture moved when it is scrolled', () => {
    const rows = Array.from({ length: 30 }, (_, layer) =>
      Array.from({ length: 50 }, (_, expert) => (layer % 7 === 3 ? NaN : ((layer * 13 + expert * 29) % 97) + 1)),
    );
    const kept = rows.map((_, layer) => Array.from({ length: 25 }, (_, i) => (i * 2 + layer) % 50));
    const model = modelOf({ rows, kept, scale: 'log' });
    const size = { nLayers: 30, nExpert: 50, dpr: 3, zoom: 2 } as const;
    const whole = paint(model, layoutOf({ ...size, size: { w: 9000, h: 9000 } }));
    const layout = layoutOf({ ...size, size: { w: 9000, h: 9000 } });
    // Seen through a window, at every offset from the borders of cells and textures.
    for (let offset = 0; offset < 40; offset++) {
      const scroll = { x: 400 + offset, y: 300 + offset };
      const seen = { ...layout, view: { x: 0, y: 0, w: 150, h: 120 } };
      const at = paint(model, seen, scroll);
      const line = (y: number): number[] => Array.from({ length: 150 }, (_, x) => at(x, y));
      const expected = (y: number): number[] =>
        Array.from({ length: 150 }, (_, x) => whole(x + scroll.x, y + scroll.y));
      for (let y = 0; y < 120; y += 7) expect(line(y)).toEqual(expected(y));
    }
  });

  it('paints the largest models', () => {
    const rows = Array.from({ length: 94 }, (_, layer) =>
      Array.from({ length: 512 }, (_, expert) => ((layer * 31 + expert * 27) % 101) + 1),
    );
    const model = modelOf({ rows, scale: 'rank' });
    const at = paint(model, layoutOf({ nLayers: 94, nExpert: 512, size: { w: 1100, h: 800 } }));
    expect(at(2 * 511 + 1, 8 * 93)).toBe(colours.kept[model.levels.at(-1)!]);
  });
});

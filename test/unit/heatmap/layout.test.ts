import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clampScroll,
  computeLayout,
  placeAt,
  cellRect,
  revealing,
  visibleRange,
} from '../../../renderer/heatmap/layout.ts';
import { layoutOf } from './pictures.ts';

describe('computeLayout', () => {
  it('fits cells between 2 and 48 CSS pixels', () => {
    expect(layoutOf({ nLayers: 8, nExpert: 32, size: { w: 2000, h: 1000 } }).cell).toEqual({ w: 48, h: 48 });
    expect(layoutOf({ nLayers: 48, nExpert: 128, size: { w: 650, h: 600 } }).cell).toEqual({ w: 5, h: 12 });
    expect(layoutOf({ nLayers: 94, nExpert: 512, size: { w: 600, h: 100 } }).cell).toEqual({ w: 2, h: 2 });
  });

  it('keeps cells from being more than four times as high as wide', () => {
    expect(layoutOf({ nLayers: 10, nExpert: 200, size: { w: 400, h: 900 } }).cell).toEqual({ w: 2, h: 8 });
  });

  it('counts in whole device pixels on dense and odd screens', () => {
    const { cell, gap } = layoutOf({ nLayers: 8, nExpert: 32, dpr: 1.5, size: { w: 3000, h: 1500 } });
    expect(cell).toEqual({ w: 72, h: 72 });
    expect(gap).toEqual({ w: 1, h: 1 });
  });

  it('gives scroll bars their room, but none where everything is seen', () => {
    const fits = layoutOf({ nLayers: 10, nExpert: 20, size: { w: 400, h: 300 }, scrollbar: 10 });
    expect(fits.scrollbars).toEqual({ w: 0, h: 0 });
    expect(fits.view).toMatchObject({ w: fits.content.w, h: fits.content.h });
    const wide = layoutOf({ nLayers: 10, nExpert: 300, size: { w: 400, h: 300 }, scrollbar: 10 });
    expect(wide.scrollbars).toEqual({ w: 0, h: 10 });
    expect(wide.view.w).toBe(400);
    const large = layoutOf({ nLayers: 200, nExpert: 300, size: { w: 400, h: 300 }, scrollbar: 10 });
    expect(large.view).toMatchObject({ w: 390, h: 290 });
  });
});

describe('pointing', () => {
  const layout = computeLayout({
    nLayers: 200,
    nExpert: 300,
    size: { w: 500, h: 400 },
    dpr: 1,
    margins: { left: 30, top: 20, right: 10, bottom: 10 },
    scrollbar: 10,
  });

  it('hits the cell whose rectangle holds the point, wherever the content is scrolled to', () => {
    const anyPoint = fc.record({ x: fc.integer({ min: 0, max: 499 }), y: fc.integer({ min: 0, max: 399 }) });
    fc.assert(
      fc.property(anyPoint, anyPoint, (point, wanted) => {
        const scroll = clampScroll(layout, { x: wanted.x * 3, y: wanted.y * 3 });
        const place = placeAt(layout, scroll, point);
        const { view, cell } = layout;
        const isInside =
          point.x >= view.x && point.x < view.x + view.w && point.y >= view.y && point.y < view.y + view.h;
        expect(place !== null).toBe(isInside);
        if (place === null) return;
        const within = cellRect(layout, place);
        const rect = { x: view.x + within.x - scroll.x, y: view.y + within.y - scroll.y };
        expect(point.x - rect.x).toBeGreaterThanOrEqual(0);
        expect(point.x - rect.x).toBeLessThan(cell.w);
        expect(point.y - rect.y).toBeGreaterThanOrEqual(0);
        expect(point.y - rect.y).toBeLessThan(cell.h);
        const seen = visibleRange(layout, scroll);
        expect(place.column).toBeGreaterThanOrEqual(seen.columns[0]);
        expect(place.column).toBeLessThan(seen.columns[1]);
        expect(place.layer).toBeGreaterThanOrEqual(seen.layers[0]);
        expect(place.layer).toBeLessThan(seen.layers[1]);
      }),
    );
  });

  it('reveals a cell wholly and by the shortest way', () => {
    const far = { layer: 199, column: 299 };
    const scroll = revealing(layout, { x: 0, y: 0 }, far);
    expect(scroll).toEqual({ x: layout.content.w - layout.view.w, y: layout.content.h - layout.view.h });
    expect(revealing(layout, scroll, far)).toEqual(scroll);
    expect(revealing(layout, scroll, { layer: 0, column: 299 })).toEqual({ x: scroll.x, y: 0 });
  });
});

it('never scrolls beyond the ends', () => {
  const layout = layoutOf({ nLayers: 200, nExpert: 300 });
  expect(clampScroll(layout, { x: -1, y: -1 })).toEqual({ x: 0, y: 0 });
  expect(clampScroll(layout, { x: 1e6, y: 1e6 })).toEqual({
    x: layout.content.w - layout.view.w,
    y: layout.content.h - layout.view.h,
  });
});

import { describe, expect, it } from 'vitest';
import { chrome } from '../../../renderer/heatmap/chrome.ts';
import { computeLayout, rectOf } from '../../../renderer/heatmap/layout.ts';
import { chromeMargins, chromeParts } from '../../../renderer/heatmap/margins.ts';
import type { Shape, Text } from '../../../renderer/heatmap/scene.ts';
import { modelOf, TEXTS, THEME, type Picture } from './pictures.ts';

const WIDE = { w: 900, h: 500 };
const width = (text: string): number => text.length * 6;

function draw(
  picture: Picture,
  size = WIDE,
): { shapes: readonly Shape[]; texts: readonly Text[]; layout: ReturnType<typeof layoutFor> } {
  const model = modelOf(picture);
  const layout = layoutFor(picture, size);
  const scene = chrome({ model, layout, scroll: { x: 0, y: 0 }, texts: TEXTS, theme: THEME });
  const shapes = [...scene.free, ...scene.clipped];
  return { shapes, texts: shapes.filter((shape) => shape.kind === 'text'), layout };
}

function layoutFor({ rows, kept }: Picture, size: typeof WIDE): ReturnType<typeof computeLayout> {
  const blocks = rows.map((_, layer) => layer + 3);
  const margins = chromeMargins(TEXTS, blocks, Boolean(kept), 1, width);
  return computeLayout({
    nLayers: rows.length,
    nExpert: rows[0]!.length,
    size,
    dpr: 1,
    margins,
    scrollbar: 0,
    zoom: 1,
  });
}

const ones = (nLayers: number, nExpert: number): number[][] =>
  Array.from({ length: nLayers }, () => Array.from({ length: nExpert }, (_, expert) => nExpert - expert));

describe('axes', () => {
  it('label each layer by its block where there is room', () => {
    const { texts, layout } = draw({ rows: ones(8, 32) });
    for (let layer = 0; layer < 8; layer++) {
      const { y, h } = rectOf(layout, { x: 0, y: 0 }, { layer, column: 0 });
      const label = texts.find(({ text, align }) => text === String(layer + 3) && align === 'right');
      expect(label?.at.y).toBe(y + Math.floor(h / 2));
    }
  });

  it('leave labels out rather than let them touch', () => {
    const { texts } = draw({ rows: ones(94, 512) });
    const layers = texts.filter(({ align, text }) => align === 'right' && /^\d+$/.test(text)).map(({ at }) => at.y);
    const columns = texts.filter(({ align }) => align === 'center').toSorted((a, b) => a.at.x - b.at.x);
    for (let i = 1; i < layers.length; i++) expect(layers[i]! - layers[i - 1]!).toBeGreaterThanOrEqual(12);
    for (let i = 1; i < columns.length; i++) {
      expect(columns[i]!.at.x - columns[i - 1]!.at.x).toBeGreaterThan(width(columns[i]!.text));
    }
    expect(layers.length).toBeGreaterThan(15);
    expect(columns.length).toBeGreaterThan(10);
  });

  it('count experts from 0 and ranks from 1', () => {
    const numbers = (order: 'index' | 'score'): string[] =>
      draw({ rows: ones(4, 32), order })
        .texts.filter(({ align }) => align === 'center')
        .map(({ text }) => text);
    expect(numbers('index').slice(0, 3)).toEqual(['0', '1', '2']);
    expect(numbers('score').slice(0, 3)).toEqual(['1', '2', '3']);
    expect(numbers('score').at(-1)).toBe('32');
  });
});

describe('margins', () => {
  it('draw what each layer retains to scale and label the worst', () => {
    const rows = [
      [1, 1, 1, 1],
      [3, 1, 0, 0],
    ];
    const { shapes, texts, layout } = draw({ rows, kept: [[0], [0]] });
    const { bars } = chromeParts(layout);
    const drawn = shapes.flatMap((shape) =>
      shape.kind === 'rect' && shape.rect.x === bars.x && shape.rect.y < bars.y + bars.h
        ? [[shape.rect.w / bars.w, shape.fill === THEME.caution]]
        : [],
    );
    expect(drawn).toEqual([
      [0.25, true],
      [0.75, false],
    ]);
    expect(texts.filter(({ bold }) => bold).map(({ text }) => text)).toEqual(['25.0%']);
  });

  it('draw how many layers keep each column', () => {
    const kept = [[0, 1], [0, 2], [0, 1], [0]];
    const { shapes, layout } = draw({ rows: ones(4, 4), kept });
    const { counts } = chromeParts(layout);
    const heights = [0, 1, 2, 3].map((column) => {
      const { x } = rectOf(layout, { x: 0, y: 0 }, { layer: 0, column });
      const bar = shapes.find(
        (shape) => shape.kind === 'rect' && shape.rect.x === x && shape.rect.y >= counts.y && shape.rect.h > 1,
      );
      return bar?.kind === 'rect' ? bar.rect.h / counts.h : 0;
    });
    expect(heights).toEqual([1, 0.5, 0.25, 0]);
  });

  it('are not there while nothing is chosen', () => {
    const { texts } = draw({ rows: ones(4, 4) });
    expect(texts.some(({ text }) => text === TEXTS.retained || text === TEXTS.layersKeeping)).toBe(false);
  });

  it('stay inside the picture', () => {
    for (const rows of [ones(8, 32), ones(48, 128), ones(61, 384)]) {
      const { shapes, texts } = draw({ rows, kept: rows.map(() => [0, 1, 2]) });
      for (const { at, text, align } of texts) {
        const left = align === 'left' ? at.x : align === 'right' ? at.x - width(text) : at.x - width(text) / 2;
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + width(text)).toBeLessThanOrEqual(WIDE.w);
        expect(at.y).toBeLessThan(WIDE.h);
      }
      for (const shape of shapes) if (shape.kind === 'rect') expect(shape.rect.x + shape.rect.w).toBeLessThan(WIDE.w);
    }
  });
});

describe('marks', () => {
  it('stand in the middle of their cells, a dot on pinned and a cross on forbidden ones', () => {
    const { shapes, layout } = draw({
      rows: ones(4, 8),
      kept: [[0], [0], [0], [0]],
      pins: [{ layer: 2, expert: 5 }],
      drops: [{ layer: 1, expert: 0 }],
    });
    const middle = (layer: number, column: number): unknown => {
      const { x, y, w, h } = rectOf(layout, { x: 0, y: 0 }, { layer, column });
      return { x: x + w / 2, y: y + h / 2 };
    };
    expect(shapes.find((shape) => shape.kind === 'dot')).toMatchObject({ centre: middle(2, 5) });
    expect(shapes.find((shape) => shape.kind === 'cross')).toMatchObject({ centre: middle(1, 0) });
  });
});

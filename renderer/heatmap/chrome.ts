// Axes, margins and marks of a heatmap, as shapes.
import { mix, type HeatmapTheme, type Rgb } from './colour.ts';
import { rectOf, visibleRange, type Layout, type Rect } from './layout.ts';
import { chromeParts, FONT, type ChromeParts, type ChromeTexts } from './margins.ts';
import { FORBIDDEN, PINNED, type HeatmapModel } from './model.ts';
import type { Scene, Shape, Text } from './scene.ts';
import type { Point } from './types.ts';

export type ChromeFrame = {
  readonly model: HeatmapModel;
  readonly layout: Layout;
  readonly scroll: Point;
  readonly texts: ChromeTexts;
  readonly theme: HeatmapTheme;
};

type Frame = ChromeFrame & { readonly parts: ChromeParts };

/** In CSS pixels. */
const BAR_MOST = 10;
/** Largest ratio of a digit's width to the height of the font. */
const DIGIT = 0.66;

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/** Returns everything but the cells and the crosshair. */
export function chrome(input: ChromeFrame): Scene {
  const frame = { ...input, parts: chromeParts(input.layout) };
  return {
    free: [...layerAxis(frame), ...columnAxis(frame), ...retainedBars(frame), ...columnCounts(frame)],
    clipped: marks(frame),
    clip: frame.layout.view,
  };
}

function layerAxis({ model, layout, scroll, texts, theme, parts }: Frame): Shape[] {
  const { view, cell, dpr } = layout;
  const x = parts.labelX;
  const dim = { font: parts.font, fill: theme.textDim, align: 'right' } as const;
  const shapes: Shape[] = [text(texts.layers, { x, y: parts.titleY }, dim)];
  const step = tickStep(LAYER_STEPS, cell.h, (FONT + 1) * dpr);
  const [first, end] = visibleRange(layout, scroll).layers;
  for (let layer = Math.ceil(first / step) * step; layer < end; layer += step) {
    const y = middleOfLayer(layout, scroll, layer);
    if (isBetween(y, view.y, view.h)) shapes.push(text(String(model.data.moeLayers[layer]), { x, y }, dim));
  }
  return shapes;
}

/** Experts are numbered from 0, ranks from 1. */
function columnAxis({ model, layout, scroll, texts, theme, parts }: Frame): Shape[] {
  const { view, cell, dpr, nExpert } = layout;
  const dim = { font: parts.font, fill: theme.textDim } as const;
  const shapes: Shape[] = [text(texts.columns, { x: parts.labelX, y: parts.ticksY }, { ...dim, align: 'right' })];
  const base = model.order === 'index' ? 0 : 1;
  const step = tickStep(COLUMN_STEPS, cell.w, (String(nExpert).length * DIGIT * FONT + 8) * dpr);
  const [first, end] = visibleRange(layout, scroll).columns;
  for (let column = first; column < end; column++) {
    // Rank 1 takes the place of the tick 0, which does not exist.
    if ((column + base) % step !== 0 && column !== 0) continue;
    if (column !== 0 && column + base < step) continue;
    const { x, w } = rectOf(layout, scroll, { layer: 0, column });
    const at = { x: x + Math.floor(w / 2), y: parts.ticksY };
    if (isBetween(at.x, view.x, view.w)) shapes.push(text(String(column + base), at, { ...dim, align: 'center' }));
  }
  return shapes;
}

function retainedBars({ model, layout, scroll, texts, theme, parts }: Frame): Shape[] {
  if (model.kept === null) return [];
  const { retained, worst } = model.kept;
  const { view, cell, gap, dpr } = layout;
  const { bars, font } = parts;
  const shapes: Shape[] = [
    text(texts.retained, { x: bars.x, y: parts.titleY }, { font, fill: theme.textDim, align: 'left' }),
    { kind: 'rect', rect: { ...bars, x: bars.x + bars.w, w: 1 }, fill: theme.line },
  ];
  const between = gap.h > 0 ? gap.h : cell.h > 2 * dpr ? 1 : 0;
  const height = Math.min(cell.h - between, Math.round(BAR_MOST * dpr));
  const [first, end] = visibleRange(layout, scroll).layers;
  for (let layer = first; layer < end; layer++) {
    const share = retained[layer]!;
    if (Number.isNaN(share)) continue;
    const middle = middleOfLayer(layout, scroll, layer);
    const whole = { x: bars.x, y: middle - Math.floor(height / 2), w: Math.round(share * bars.w), h: height };
    const fill = layer === worst ? theme.caution : barColour(theme);
    shapes.push({ kind: 'rect', rect: intersection(whole, { ...view, x: bars.x, w: bars.w }), fill });
    if (layer !== worst || !isBetween(middle, view.y, view.h)) continue;
    const style = { font, fill: theme.caution, align: 'left', bold: true } as const;
    shapes.push(text(texts.percent(share), { x: parts.barLabelX, y: middle }, style));
  }
  return shapes;
}

function columnCounts({ model, layout, scroll, texts, theme, parts }: Frame): Shape[] {
  if (model.kept === null) return [];
  const { perColumn } = model.kept;
  const { counts, font, bars, labelX } = parts;
  const bottom = counts.y + counts.h;
  const dim = { font, fill: theme.textDim } as const;
  const shapes: Shape[] = [
    { kind: 'rect', rect: { ...counts, y: bottom, h: 1 }, fill: theme.line },
    text(texts.layersKeeping, { x: bars.x, y: bottom - Math.round(font / 2) }, { ...dim, align: 'left' }),
    text(String(layout.nLayers), { x: labelX, y: counts.y + Math.round(font / 2) }, { ...dim, align: 'right' }),
    text('0', { x: labelX, y: bottom - Math.round(font / 2) + 1 }, { ...dim, align: 'right' }),
  ];
  const [first, end] = visibleRange(layout, scroll).columns;
  for (let column = first; column < end; column++) {
    const h = Math.round((perColumn[column]! / layout.nLayers) * counts.h);
    if (h === 0) continue;
    const { x, w } = rectOf(layout, scroll, { layer: 0, column });
    shapes.push({ kind: 'rect', rect: intersection({ x, y: bottom - h, w, h }, counts), fill: barColour(theme) });
  }
  return shapes;
}

/** Pinned cells have a dot, forbidden ones a cross; on small cells the mark is larger than the cell. */
function marks({ model, layout, scroll }: Frame): Shape[] {
  const { cell, dpr, nExpert } = layout;
  const radius = Math.min(Math.max(Math.min(cell.w, cell.h) * 0.24, 2.25 * dpr), 5 * dpr);
  const { layers, columns } = visibleRange(layout, scroll);
  const shapes: Shape[] = [];
  for (let layer = layers[0]; layer < layers[1]; layer++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const start = layer * nExpert;
      const flag = model.flags[start + model.expertAt[start + column]!]!;
      if ((flag & (PINNED | FORBIDDEN)) === 0) continue;
      const { x, y, w, h } = rectOf(layout, scroll, { layer, column });
      const centre = { x: x + w / 2, y: y + h / 2 };
      if ((flag & PINNED) !== 0) {
        shapes.push({ kind: 'dot', centre, radius, fill: WHITE, stroke: BLACK, width: dpr });
      } else {
        shapes.push({ kind: 'cross', centre, radius, stroke: BLACK, width: 3.5 * dpr });
        shapes.push({ kind: 'cross', centre, radius, stroke: WHITE, width: 1.5 * dpr });
      }
    }
  }
  return shapes;
}

const LAYER_STEPS = [1, 2, 5, 10, 20, 50, 100] as const;
/** The numbers of experts are mostly powers of two. */
const COLUMN_STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

/** Returns the smallest step at which labels of this length do not touch. */
function tickStep(steps: readonly number[], side: number, length: number): number {
  return steps.find((step) => step * side >= length) ?? Infinity;
}

type Style = {
  readonly font: number;
  readonly fill: Rgb;
  readonly align: Text['align'];
  readonly bold?: boolean;
};

function text(words: string, at: Point, { font, fill, align, bold = false }: Style): Text {
  return { kind: 'text', text: words, at, align, fill, size: font, bold };
}

function barColour(theme: HeatmapTheme): Rgb {
  return mix(theme.bg, theme.accent, 0.65);
}

function middleOfLayer(layout: Layout, scroll: Point, layer: number): number {
  const { y, h } = rectOf(layout, scroll, { layer, column: 0 });
  return y + Math.floor(h / 2);
}

function isBetween(value: number, start: number, length: number): boolean {
  return value >= start && value <= start + length;
}

function intersection(a: Rect, b: Rect): Rect {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  return {
    x,
    y,
    w: Math.max(Math.min(a.x + a.w, b.x + b.w) - x, 0),
    h: Math.max(Math.min(a.y + a.h, b.y + b.h) - y, 0),
  };
}

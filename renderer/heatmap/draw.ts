// Paints a heatmap: cells, marks on them, axes, and what each layer retains.
import { css, droppedColours, hatchOpacity, KEPT_COLOURS, type HeatmapTheme, type Rgb } from './colour.ts';
import { cellRect, visibleRange, type Layout, type Margins } from './layout.ts';
import { KEPT, toPlace, UNSCORED, type HeatmapModel } from './model.ts';
import type { Cell, Point } from './types.ts';

/** The words on the picture, in the user's language. */
export type HeatmapTexts = {
  readonly layers: string;
  readonly ranks: string;
  readonly retained: string;
  /** @param share 0 to 1 */
  readonly percent: (share: number) => string;
};

export type Drawing = { readonly model: HeatmapModel; readonly texts: HeatmapTexts; readonly theme: HeatmapTheme };

/** Cells with one pixel each: dropped ones below the hatching, the others above it. */
export type CellImages = { readonly below: OffscreenCanvas; readonly above: OffscreenCanvas };

type Context = CanvasRenderingContext2D;
type Frame = Drawing & { readonly layout: Layout; readonly scroll: Point };

/** In CSS pixels. */
const FONT = 11;
const TITLE = 20;
const TICKS = 18;
const BARS = 64;
const BAR_MOST = 10;
const SPACE = 4;
const HATCH_PERIOD = 5;

export function margins(context: Context, { model, texts, theme }: Drawing, dpr: number): Margins {
  setFont(context, theme, dpr);
  const widest = (...words: readonly string[]): number =>
    Math.ceil(Math.max(...words.map((text) => context.measureText(text).width)));
  const hasKept = model.retained !== null;
  const figures = (BARS + SPACE) * dpr + widest(texts.percent(1));
  return {
    left: widest(texts.layers, texts.ranks) + Math.round(3 * SPACE * dpr),
    top: Math.round(TITLE * dpr),
    right: Math.round(2 * SPACE * dpr + (hasKept ? Math.max(figures, widest(texts.retained)) + SPACE * dpr : 0)),
    bottom: Math.round(TICKS * dpr),
  };
}

export function cellImages({ model, theme }: Drawing): CellImages {
  const { levels, flags, kept, expertAt, nExpert, nLayers } = model;
  const dropped = droppedColours(theme);
  const below = new ImageData(nExpert, nLayers);
  const above = new ImageData(nExpert, nLayers);
  for (let at = 0; at < levels.length; at++) {
    const cell = at - (at % nExpert) + expertAt[at]!;
    const isUnscored = (flags[cell]! & UNSCORED) !== 0;
    const isDropped = !isUnscored && kept !== null && (flags[cell]! & KEPT) === 0;
    const table = isDropped ? dropped : KEPT_COLOURS;
    (isDropped ? below : above).data.set([...(isUnscored ? theme.bgSunken : table[levels[cell]!]!), 255], 4 * at);
  }
  return { below: toCanvas(below), above: toCanvas(above) };
}

function toCanvas(image: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}

export function draw(context: Context, frame: Frame, images: CellImages): void {
  const { layout, theme } = frame;
  const { view } = layout;
  context.fillStyle = css(theme.bg);
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.save();
  context.beginPath();
  context.rect(view.x, view.y, view.w, view.h);
  context.clip();
  drawCells(context, frame, images);
  drawMarks(context, frame);
  context.restore();
  setFont(context, theme, layout.dpr);
  drawLayers(context, frame);
  drawColumns(context, frame);
}

function drawCells(context: Context, { model, layout, scroll, theme }: Frame, { below, above }: CellImages): void {
  const { view, cell, gap, dpr } = layout;
  const { layers, columns } = visibleRange(layout, scroll);
  const [left, top] = [view.x + columns[0] * cell.w - scroll.x, view.y + layers[0] * cell.h - scroll.y];
  const [across, down] = [columns[1] - columns[0], layers[1] - layers[0]];
  const stretch = (image: OffscreenCanvas): void =>
    context.drawImage(image, columns[0], layers[0], across, down, left, top, across * cell.w, down * cell.h);
  context.imageSmoothingEnabled = false;
  if (model.kept !== null) {
    stretch(below);
    const hatch = context.createPattern(hatchTile(theme.text, hatchOpacity(theme), dpr), 'repeat');
    hatch?.setTransform(new DOMMatrix().translate(view.x - scroll.x, view.y - scroll.y));
    context.fillStyle = hatch ?? css(theme.bg);
    context.fillRect(view.x, view.y, view.w, view.h);
  }
  stretch(above);
  context.fillStyle = css(theme.bg);
  if (gap.w > 0) for (let i = 1; i <= across; i++) context.fillRect(left + i * cell.w - gap.w, view.y, gap.w, view.h);
  if (gap.h > 0) for (let i = 1; i <= down; i++) context.fillRect(view.x, top + i * cell.h - gap.h, view.w, gap.h);
}

function hatchTile(colour: Rgb, opacity: number, dpr: number): OffscreenCanvas {
  const side = Math.round(HATCH_PERIOD * dpr);
  const tile = new OffscreenCanvas(side, side);
  const context = tile.getContext('2d');
  if (context === null) throw new Error('This browser has no 2D canvas.');
  context.fillStyle = css(colour, opacity);
  for (let i = 0; i < side; i++) context.fillRect(side - 1 - i, i, 1, 1);
  return tile;
}

/** Pinned cells have a dot, forbidden ones a cross; on small cells the mark is larger than the cell. */
function drawMarks(context: Context, { model, layout, scroll }: Frame): void {
  const { cell, dpr, view } = layout;
  const radius = Math.min(Math.max(Math.min(cell.w, cell.h) * 0.24, 2.25 * dpr), 5 * dpr);
  const each = (cells: readonly Cell[], outline: (x: number, y: number) => void, widths: readonly number[]): void => {
    context.beginPath();
    for (const marked of cells) {
      const { x, y, w, h } = cellRect(layout, toPlace(model, marked));
      outline(view.x - scroll.x + x + w / 2, view.y - scroll.y + y + h / 2);
    }
    for (const [i, width] of widths.entries()) {
      context.strokeStyle = i === 0 ? '#000' : '#fff';
      context.lineWidth = width * dpr;
      context.stroke();
    }
  };
  const circle = (x: number, y: number): void => {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  };
  const cross = (x: number, y: number): void => {
    for (const slope of [1, -1]) {
      context.moveTo(x - radius, y - slope * radius);
      context.lineTo(x + radius, y + slope * radius);
    }
  };
  each(model.pins, circle, [1]);
  context.fillStyle = '#fff';
  context.fill();
  each(model.drops, cross, [3.5, 1.5]);
}

function drawLayers(context: Context, { model, layout, scroll, texts, theme }: Frame): void {
  const { view, cell, gap, dpr, scrollbars } = layout;
  const { retained, worst, moeLayers } = model;
  const labelX = view.x - 2 * SPACE * dpr;
  const barsX = Math.round(view.x + view.w + scrollbars.w + 2 * SPACE * dpr);
  const titleY = view.y - (TITLE / 2) * dpr;
  write(context, texts.layers, labelX, titleY, 'right', theme.textDim);
  if (retained !== null) write(context, texts.retained, barsX, titleY, 'left', theme.textDim);
  const step = tickStep(cell.h, (FONT + 1) * dpr);
  const between = gap.h > 0 ? gap.h : cell.h > 2 * dpr ? 1 : 0;
  const height = Math.min(cell.h - between, Math.round(BAR_MOST * dpr));
  const [first, end] = visibleRange(layout, scroll).layers;
  for (let layer = first; layer < end; layer++) {
    const y = view.y + layer * cell.h + Math.floor(cell.h / 2) - scroll.y;
    if (y < view.y || y > view.y + view.h) continue;
    if (layer % step === 0) write(context, String(moeLayers[layer]), labelX, y, 'right', theme.textDim);
    const share = retained?.[layer] ?? NaN;
    if (Number.isNaN(share)) continue;
    const colour = layer === worst ? theme.caution : theme.accent;
    context.fillStyle = css(colour, layer === worst ? 1 : 0.6);
    context.fillRect(barsX, y - Math.floor(height / 2), Math.round(share * BARS * dpr), height);
    if (layer === worst) write(context, texts.percent(share), barsX + (BARS + SPACE) * dpr, y, 'left', colour);
  }
}

function drawColumns(context: Context, { layout, scroll, texts, theme }: Frame): void {
  const { view, cell, gap, dpr, scrollbars, nExpert } = layout;
  const labelX = view.x - 2 * SPACE * dpr;
  const ticksY = view.y + view.h + scrollbars.h + (TICKS / 2) * dpr;
  write(context, texts.ranks, labelX, ticksY, 'right', theme.textDim);
  const step = tickStep(cell.w, (String(nExpert).length * 0.66 * FONT + 8) * dpr);
  const [first, end] = visibleRange(layout, scroll).columns;
  for (let column = first; column < end; column++) {
    const x = view.x + column * cell.w - scroll.x;
    const isTick = column === 0 || (column + 1) % step === 0;
    const middle = x + (cell.w - gap.w) / 2;
    if (isTick && middle >= view.x && middle <= view.x + view.w)
      write(context, String(column + 1), middle, ticksY, 'center', theme.textDim);
  }
}

/** Returns the smallest step at which labels of this length do not touch, a power of two as most numbers of experts are. */
function tickStep(side: number, length: number): number {
  return 2 ** Math.max(Math.ceil(Math.log2(length / side)), 0);
}

function setFont(context: Context, theme: HeatmapTheme, dpr: number): void {
  context.font = `${Math.round(FONT * dpr)}px ${theme.font}`;
  context.textBaseline = 'middle';
}

function write(context: Context, text: string, x: number, y: number, align: CanvasTextAlign, colour: Rgb): void {
  context.textAlign = align;
  context.fillStyle = css(colour);
  context.fillText(text, Math.round(x), Math.round(y));
}

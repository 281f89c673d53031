// Paints the visible cells into raw pixels. One line of a layer is computed and copied to its other lines; only
// textures (the hatching of dropped cells, the dots of empty ones) need a few lines more.
import type { CellColours, Rgb } from './colour.ts';
import { visibleRange, type Layout } from './layout.ts';
import { EMPTY, KEPT, type HeatmapModel } from './model.ts';
import type { Point } from './types.ts';

/** Colours in the form of ImageData pixels, read as 32-bit numbers. */
export type PixelColours = {
  readonly kept: Uint32Array;
  readonly dropped: Uint32Array;
  readonly hatch: Uint32Array;
  readonly empty: number;
  readonly emptyDots: number;
  /** The colour between cells. */
  readonly gap: number;
};

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export function pixelOf([red, green, blue]: Rgb): number {
  return (
    (LITTLE_ENDIAN
      ? (255 << 24) | (blue << 16) | (green << 8) | red
      : (red << 24) | (green << 16) | (blue << 8) | 255) >>> 0
  );
}

export function pixelColours(colours: CellColours, gap: Rgb): PixelColours {
  return {
    kept: Uint32Array.from(colours.kept, pixelOf),
    dropped: Uint32Array.from(colours.dropped, pixelOf),
    hatch: Uint32Array.from(colours.hatch, pixelOf),
    empty: pixelOf(colours.empty),
    emptyDots: pixelOf(colours.emptyDots),
    gap: pixelOf(gap),
  };
}

/** Returns the distance between hatching lines along a row, in device pixels. */
export function texturePeriod(dpr: number): number {
  return Math.round(5 * dpr);
}

/**
 * Paints the visible cells.
 * @param target `view.w * view.h` pixels; all are written
 * @param scroll in device pixels
 */
export function paintCells(
  target: Uint32Array,
  model: HeatmapModel,
  layout: Layout,
  scroll: Point,
  colours: PixelColours,
): void {
  const { view, cell, gap } = layout;
  const period = texturePeriod(layout.dpr);
  const { layers, columns } = visibleRange(layout, scroll);
  for (let layer = layers[0]; layer < layers[1]; layer++) {
    const top = layer * cell.h - scroll.y;
    const end = Math.min(top + cell.h, view.h);
    const textured = hasTexture(model, layer, columns);
    const lineOfPhase = new Int32Array(period).fill(-1);
    for (let y = Math.max(top, 0); y < end; y++) {
      const at = y * view.w;
      if (y >= top + cell.h - gap.h) {
        target.fill(colours.gap, at, at + view.w);
        continue;
      }
      const phase = textured ? (y + scroll.y) % period : 0;
      const same = lineOfPhase[phase]!;
      if (same >= 0) {
        target.copyWithin(at, same, same + view.w);
      } else {
        paintLine(
          { line: target.subarray(at, at + view.w), model, layout, scrollX: scroll.x, colours, columns, period },
          layer,
          phase,
        );
        lineOfPhase[phase] = at;
      }
    }
  }
}

function hasTexture(
  { flags, kept, expertAt, data }: HeatmapModel,
  layer: number,
  columns: readonly [number, number],
): boolean {
  const start = layer * data.nExpert;
  for (let column = columns[0]; column < columns[1]; column++) {
    const flag = flags[start + expertAt[start + column]!]!;
    if ((flag & EMPTY) !== 0 || (kept !== null && (flag & KEPT) === 0)) return true;
  }
  return false;
}

type Line = {
  readonly line: Uint32Array;
  readonly model: HeatmapModel;
  readonly layout: Layout;
  readonly scrollX: number;
  readonly colours: PixelColours;
  readonly columns: readonly [number, number];
  readonly period: number;
};

/** @param phase the line's y in the content, modulo the period */
function paintLine(
  { line, model, layout, scrollX, colours, columns, period }: Line,
  layer: number,
  phase: number,
): void {
  const { cell, gap } = layout;
  const { flags, kept, levels, expertAt } = model;
  const start = layer * layout.nExpert;
  for (let column = columns[0]; column < columns[1]; column++) {
    const index = start + expertAt[start + column]!;
    const flag = flags[index]!;
    const level = levels[index]!;
    const left = column * cell.w - scrollX;
    const from = Math.max(left, 0);
    const to = Math.max(Math.min(left + cell.w - gap.w, line.length), 0);
    if ((flag & EMPTY) !== 0) {
      line.fill(colours.empty, from, to);
      if (phase === 0)
        for (let x = nextOf(from + scrollX, period) - scrollX; x < to; x += period) line[x] = colours.emptyDots;
    } else if (kept === null || (flag & KEPT) !== 0) {
      line.fill(colours.kept[level]!, from, to);
    } else {
      line.fill(colours.dropped[level]!, from, to);
      const hatch = colours.hatch[level]!;
      for (let x = nextOf(from + scrollX + phase, period) - scrollX - phase; x < to; x += period) line[x] = hatch;
    }
    if (gap.w > 0) line.fill(colours.gap, to, Math.min(left + cell.w, line.length));
  }
}

/** Returns the first multiple of the period at or after `x`. */
function nextOf(x: number, period: number): number {
  return Math.ceil(x / period) * period;
}

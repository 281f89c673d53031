// Where everything is. All lengths are whole device pixels, so that every cell has exactly the same size.
import type { Dimensions, Point } from './types.ts';

export type Size = { readonly w: number; readonly h: number };
export type Rect = Point & Size;
export type Place = { readonly layer: number; readonly column: number };

/** Room around the cells. */
export type Margins = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

export type LayoutInput = Dimensions & {
  /** Size of the whole picture. */
  readonly size: Size;
  /** Device pixels per CSS pixel. */
  readonly dpr: number;
  readonly margins: Margins;
  /** Thickness of a scroll bar; 0 if it floats. */
  readonly scrollbar: number;
};

export type Layout = Dimensions & {
  readonly dpr: number;
  /** Size of a cell, including the gap to its right and below. */
  readonly cell: Size;
  /** Width and height of the gaps between cells; 0 if cells are small. */
  readonly gap: Size;
  /** Size of all cells together. */
  readonly content: Size;
  /** The window that shows the cells. */
  readonly view: Rect;
  /** Size of the scroll bars, between the view and the margins on the right and below. */
  readonly scrollbars: Size;
};

/** In CSS pixels: smallest and largest side of a cell. */
const SMALLEST = 2;
const LARGEST = 48;
/** The largest ratio of a cell's sides, either way. */
const MOST_OBLONG = 4;
/** Cells whose side is at least this long, in CSS pixels, are separated by a gap. */
const GAP_FROM = 8;

export function computeLayout(input: LayoutInput): Layout {
  const { size, dpr, margins, scrollbar, nLayers, nExpert } = input;
  const free = {
    w: Math.max(size.w - margins.left - margins.right, 1),
    h: Math.max(size.h - margins.top - margins.bottom, 1),
  };
  const cell = fittedCell(free, input);
  const content = { w: cell.w * nExpert, h: cell.h * nLayers };
  const scrollbars = neededScrollbars(content, free, scrollbar);
  return {
    nLayers,
    nExpert,
    dpr,
    cell,
    gap: { w: gapIn(cell.w, dpr), h: gapIn(cell.h, dpr) },
    content,
    view: {
      x: margins.left,
      y: margins.top,
      w: Math.max(Math.min(content.w, free.w - scrollbars.w), 1),
      h: Math.max(Math.min(content.h, free.h - scrollbars.h), 1),
    },
    scrollbars,
  };
}

function fittedCell(free: Size, { dpr, scrollbar, nLayers, nExpert }: LayoutInput): Size {
  const side = (length: number, count: number): number =>
    Math.min(Math.max(Math.floor(length / count), Math.ceil(SMALLEST * dpr)), Math.round(LARGEST * dpr));
  const w = side(free.w, nExpert);
  const h = side(free.h - (w * nExpert > free.w ? scrollbar : 0), nLayers);
  return { w: Math.min(w, h * MOST_OBLONG), h: Math.min(h, w * MOST_OBLONG) };
}

/** A bar on one side takes room from the other side. */
function neededScrollbars(content: Size, free: Size, thickness: number): Size {
  const overflowsY = content.h > free.h;
  const below = content.w > free.w - (overflowsY ? thickness : 0) ? thickness : 0;
  const right = content.h > free.h - below ? thickness : 0;
  return { w: right, h: content.w > free.w - right ? thickness : 0 };
}

function gapIn(side: number, dpr: number): number {
  return side >= GAP_FROM * dpr ? Math.max(Math.round(dpr / 2), 1) : 0;
}

/** Limits a scroll position to whole device pixels within the range. */
export function clampScroll({ content, view }: Layout, { x, y }: Point): Point {
  return {
    x: Math.min(Math.max(Math.round(x), 0), content.w - view.w),
    y: Math.min(Math.max(Math.round(y), 0), content.h - view.h),
  };
}

/** Returns layer and column under a point of the picture; null outside the view. */
export function placeAt({ view, cell }: Layout, scroll: Point, point: Point): Place | null {
  const x = point.x - view.x;
  const y = point.y - view.y;
  if (x < 0 || y < 0 || x >= view.w || y >= view.h) return null;
  return { layer: Math.floor((y + scroll.y) / cell.h), column: Math.floor((x + scroll.x) / cell.w) };
}

/** Returns the rectangle of a cell among all cells, without its gap. */
export function cellRect({ cell, gap }: Layout, { layer, column }: Place): Rect {
  return { x: column * cell.w, y: layer * cell.h, w: cell.w - gap.w, h: cell.h - gap.h };
}

/** Returns the scroll position nearest to the current one that shows the whole cell. */
export function revealing(layout: Layout, scroll: Point, place: Place): Point {
  const { cell, view } = layout;
  const { x, y } = cellRect(layout, place);
  const nearest = (at: number, start: number, length: number, seen: number): number =>
    Math.max(Math.min(at, start), start + length - seen);
  return clampScroll(layout, {
    x: nearest(scroll.x, x, cell.w, view.w),
    y: nearest(scroll.y, y, cell.h, view.h),
  });
}

/** Returns the first and one past the last of the layers and columns that are at least partly visible. */
export function visibleRange(
  { cell, view, nLayers, nExpert }: Layout,
  scroll: Point,
): { layers: readonly [number, number]; columns: readonly [number, number] } {
  return {
    layers: [Math.floor(scroll.y / cell.h), Math.min(Math.ceil((scroll.y + view.h) / cell.h), nLayers)],
    columns: [Math.floor(scroll.x / cell.w), Math.min(Math.ceil((scroll.x + view.w) / cell.w), nExpert)],
  };
}

/** Layers that Page Up and Page Down move. */
const PAGE = 10;

/**
 * Returns the place after a key was pressed; the first cell if there was no crosshair. null: the key does not move it.
 * @param withControl then Home and End also go to the first and last layer
 */
export function placeAfterKey(
  key: string,
  withControl: boolean,
  from: Place | null,
  { nLayers, nExpert }: Dimensions,
): Place | null {
  const { layer, column } = from ?? { layer: 0, column: 0 };
  const [last, end] = [nLayers - 1, nExpert - 1];
  const to = new Map<string, readonly [layer: number, column: number]>([
    ['ArrowLeft', [layer, column - 1]],
    ['ArrowRight', [layer, column + 1]],
    ['ArrowUp', [layer - 1, column]],
    ['ArrowDown', [layer + 1, column]],
    ['PageUp', [layer - PAGE, column]],
    ['PageDown', [layer + PAGE, column]],
    ['Home', [withControl ? 0 : layer, 0]],
    ['End', [withControl ? last : layer, end]],
  ]).get(key);
  if (to === undefined) return null;
  if (from === null && key.startsWith('Arrow')) return { layer, column };
  return { layer: clamp(to[0], last), column: clamp(to[1], end) };
}

const clamp = (index: number, most: number): number => Math.min(Math.max(index, 0), most);

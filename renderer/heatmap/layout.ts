// Where everything is. All lengths are whole device pixels, so that every cell has exactly the same size.
import type { Dimensions, Point } from './types.ts';

export type Rect = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
export type Size = { readonly w: number; readonly h: number };

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
  /** 1: as large as fits. */
  readonly zoom: number;
};

export type Layout = Dimensions & {
  readonly size: Size;
  readonly dpr: number;
  readonly margins: Margins;
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
  readonly zoom: number;
  /** The zoom that gives cells their largest size. */
  readonly zoomMax: number;
};

/** The current layout and scroll position of a picture. Scroll in whole device pixels. */
export type SurfaceView = { readonly layout: Layout; readonly scroll: Point };

/** In CSS pixels: smallest and largest side of a fitted cell, and of a zoomed one. */
const FIT_MIN = 2;
const FIT_MAX = 48;
const ZOOM_MAX = 48;
/** The largest ratio of a cell's sides, either way. */
const MOST_OBLONG = 4;
/** Cells whose side is at least this long, in CSS pixels, are separated by a gap. */
const GAP_FROM = 8;

export function computeLayout(input: LayoutInput): Layout {
  const { size, dpr, margins, scrollbar, nLayers, nExpert } = input;
  const room = {
    w: Math.max(size.w - margins.left - margins.right, 1),
    h: Math.max(size.h - margins.top - margins.bottom, 1),
  };
  const fitted = fittedCell(room, input);
  const most = Math.round(ZOOM_MAX * dpr);
  const zoomMax = Math.max(most / fitted.w, most / fitted.h);
  const zoom = Math.min(Math.max(input.zoom, 1), zoomMax);
  const cell = { w: Math.min(Math.round(fitted.w * zoom), most), h: Math.min(Math.round(fitted.h * zoom), most) };
  const content = { w: cell.w * nExpert, h: cell.h * nLayers };
  const scrollbars = neededScrollbars(content, room, scrollbar);
  return {
    nLayers,
    nExpert,
    size,
    dpr,
    margins,
    cell,
    gap: { w: gapIn(cell.w, dpr), h: gapIn(cell.h, dpr) },
    content,
    view: {
      x: margins.left,
      y: margins.top,
      w: Math.max(Math.min(content.w, room.w - scrollbars.w), 1),
      h: Math.max(Math.min(content.h, room.h - scrollbars.h), 1),
    },
    scrollbars,
    zoom,
    zoomMax,
  };
}

function fittedCell(room: Size, { dpr, scrollbar, nLayers, nExpert }: LayoutInput): Size {
  const least = Math.ceil(FIT_MIN * dpr);
  const most = Math.round(FIT_MAX * dpr);
  const side = (length: number, count: number): number => Math.min(Math.max(Math.floor(length / count), least), most);
  const w = side(room.w, nExpert);
  const h = side(room.h - (w * nExpert > room.w ? scrollbar : 0), nLayers);
  return { w: Math.min(w, h * MOST_OBLONG), h: Math.min(h, w * MOST_OBLONG) };
}

/** A bar on one side takes room from the other side. */
function neededScrollbars(content: Size, room: Size, thickness: number): Size {
  const overflowsY = content.h > room.h;
  const below = content.w > room.w - (overflowsY ? thickness : 0) ? thickness : 0;
  const right = content.h > room.h - below ? thickness : 0;
  return { w: right, h: content.w > room.w - right ? thickness : 0 };
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

export type Place = { readonly layer: number; readonly column: number };

/** Returns the rectangle of a cell in the picture, without its gap; it may be outside the view. */
export function rectOf({ view, cell, gap }: Layout, scroll: Point, { layer, column }: Place): Rect {
  return {
    x: view.x + column * cell.w - scroll.x,
    y: view.y + layer * cell.h - scroll.y,
    w: cell.w - gap.w,
    h: cell.h - gap.h,
  };
}

/** Returns the scroll position nearest to the current one that shows the whole cell. */
export function revealing(layout: Layout, scroll: Point, { layer, column }: Place): Point {
  const { cell, view } = layout;
  const nearest = (at: number, start: number, length: number, seen: number): number =>
    Math.max(Math.min(at, start), start + length - seen);
  return clampScroll(layout, {
    x: nearest(scroll.x, column * cell.w, cell.w, view.w),
    y: nearest(scroll.y, layer * cell.h, cell.h, view.h),
  });
}

/** Returns what is under a point of the picture, in fractional columns and layers. */
export function contentAt({ view, cell }: Layout, scroll: Point, point: Point): Point {
  return { x: (point.x - view.x + scroll.x) / cell.w, y: (point.y - view.y + scroll.y) / cell.h };
}

/** Returns the scroll position that brings content, in columns and layers, as near to a point of the picture as the limits allow. */
export function scrollBringing(layout: Layout, content: Point, point: Point): Point {
  const { view, cell } = layout;
  return clampScroll(layout, {
    x: content.x * cell.w - (point.x - view.x),
    y: content.y * cell.h - (point.y - view.y),
  });
}

/** Returns the next zoom in or out that changes the size of cells by at least a quarter. */
export function zoomStep({ cell, zoom, zoomMax }: Layout, direction: 'in' | 'out'): number {
  const side = Math.min(cell.w, cell.h);
  const factor = direction === 'in' ? Math.max(1.25, (side + 1) / side) : Math.min(0.8, (side - 1) / side);
  return Math.min(Math.max(zoom * factor, 1), zoomMax);
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

// How the picture reacts to mouse, pen, touch and wheel.
import type { HeatmapSurface } from './surface.ts';
import type { Cell, Point } from './types.ts';

export type PointerReports = {
  /** null: the pointer is not over a cell. */
  readonly hover: (cell: Cell | null) => void;
  /** A click that is not a drag. */
  readonly press: (cell: Cell) => void;
};

/** In CSS pixels: a press that moves further than this drags the picture, and is no click. */
const DRAG_FROM = 4;
/** Zoom per pixel of the wheel, as an exponent. */
const WHEEL_ZOOM = 0.01;
const WHEEL_MOST = 40;
const PIXELS_PER_LINE = 16;

/** Starts following the pointer. @returns a function that ends it */
export function followPointer(target: HTMLElement, surface: HeatmapSurface, reports: PointerReports): () => void {
  const follower = new PointerFollower(target, surface, reports);
  const stop = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void): void =>
    target.addEventListener(type, listener, {
      signal: stop.signal,
      passive: type !== 'wheel',
    });
  on('pointerdown', (event) => follower.down(event));
  on('pointermove', (event) => follower.move(event));
  on('pointerup', (event) => follower.up(event));
  on('pointercancel', (event) => follower.cancel(event));
  on('pointerleave', () => follower.leave());
  on('scroll', () => follower.scrolled());
  on('wheel', (event) => follower.wheel(event));
  return () => stop.abort();
}

class PointerFollower {
  readonly #target: HTMLElement;
  readonly #surface: HeatmapSurface;
  readonly #reports: PointerReports;
  /** Pointers that are down, by id. */
  readonly #down = new Map<number, Point>();
  #pressedAt: Point | null = null;
  #isDrag = false;
  /** Where a mouse is hovering. */
  #hoverAt: Point | null = null;

  constructor(target: HTMLElement, surface: HeatmapSurface, reports: PointerReports) {
    this.#target = target;
    this.#surface = surface;
    this.#reports = reports;
  }

  down(event: PointerEvent): void {
    // On a Mac, Control-click opens a menu.
    if (event.button !== 0 || event.ctrlKey) return;
    this.#down.set(event.pointerId, pointOf(event));
    this.#isDrag = this.#down.size > 1;
    this.#pressedAt = pointOf(event);
    this.#target.setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent): void {
    const to = pointOf(event);
    const from = this.#down.get(event.pointerId);
    if (from === undefined) {
      this.#hover(to);
      return;
    }
    this.#down.set(event.pointerId, to);
    const partner = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    if (partner !== undefined) {
      this.#surface.zoomBy(distance(to, partner) / Math.max(distance(from, partner), 1), middle(to, partner));
      return;
    }
    this.#isDrag ||= this.#pressedAt !== null && distance(to, this.#pressedAt) >= DRAG_FROM;
    if (!this.#isDrag) return;
    this.#target.dataset.dragging = '';
    this.#surface.pan({ x: from.x - to.x, y: from.y - to.y });
  }

  up(event: PointerEvent): void {
    const wasDown = this.#down.has(event.pointerId);
    const wasDrag = this.#isDrag;
    this.cancel(event);
    const cell = this.#surface.cellAt(pointOf(event));
    if (!wasDown || wasDrag || cell === null) return;
    this.#reports.press(cell);
  }

  cancel(event: PointerEvent): void {
    this.#down.delete(event.pointerId);
    if (this.#down.size > 0) return;
    delete this.#target.dataset.dragging;
    this.#isDrag = false;
  }

  leave(): void {
    this.#hoverAt = null;
    this.#reports.hover(null);
  }

  /** Updates the cell under a resting pointer after scrolling. */
  scrolled(): void {
    if (this.#hoverAt !== null) this.#hover(this.#hoverAt);
  }

  wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * PIXELS_PER_LINE;
    const turn = Math.min(Math.max(pixels, -WHEEL_MOST), WHEEL_MOST);
    this.#surface.zoomBy(Math.exp(-turn * WHEEL_ZOOM), pointOf(event));
    this.scrolled();
  }

  #hover(at: Point): void {
    this.#hoverAt = at;
    this.#reports.hover(this.#surface.cellAt(at));
  }
}

function pointOf({ clientX, clientY }: MouseEvent): Point {
  return { x: clientX, y: clientY };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

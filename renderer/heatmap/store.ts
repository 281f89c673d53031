// The state of a heatmap that is no property of it: size, scrolling and the crosshair. It repaints the canvas in
// the frame after a change; the crosshair is not on the canvas, so that hovering never repaints the cells.
import { cellImages, draw, margins, type CellImages, type Drawing } from './draw.ts';
import { clampScroll, computeLayout, placeAfterKey, placeAt, revealing, type Layout, type Size } from './layout.ts';
import { toCell, isWithin, toPlace } from './model.ts';
import type { Cell, Point } from './types.ts';

export type HeatmapState = {
  /** null: nothing is laid out yet. */
  readonly layout: Layout | null;
  /** The cell of the crosshair; null: there is none. */
  readonly cursor: Cell | null;
  /** The cell was chosen by keys, so screen readers should announce it. */
  readonly isByKeys: boolean;
};

const NOTHING: HeatmapState = { layout: null, cursor: null, isByKeys: false };

export class HeatmapStore {
  #elements: { readonly canvas: HTMLCanvasElement; readonly scroller: HTMLElement } | null = null;
  #drawing: Drawing | null = null;
  #images: CellImages | null = null;
  /** In CSS pixels; 0 if scroll bars float. */
  #scrollbar = 0;
  #size: Size = { w: 0, h: 0 };
  #scroll: Point = { x: 0, y: 0 };
  #frame: number | null = null;
  #state = NOTHING;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): HeatmapState => this.#state;

  /**
   * @param scroller the element over the cells, whose own scroll bars scroll them
   * @returns a function that detaches the store from its elements
   */
  attach(canvas: HTMLCanvasElement, scroller: HTMLElement): () => void {
    this.#elements = { canvas, scroller };
    scroller.style.overflow = 'scroll';
    this.#scrollbar = scroller.offsetWidth - scroller.clientWidth;
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(canvas);
    const onScroll = (): void => this.#onScroll();
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', onScroll);
      if (this.#frame !== null) cancelAnimationFrame(this.#frame);
      this.#frame = null;
      this.#elements = null;
    };
  }

  show(drawing: Drawing): void {
    const before = this.#drawing?.model;
    const isOther = before?.nLayers !== drawing.model.nLayers || before.nExpert !== drawing.model.nExpert;
    this.#drawing = drawing;
    this.#images = null;
    if (isOther) this.#change(NOTHING);
    this.#arrange();
  }

  /** @param pointer null: it has left */
  hover(pointer: MouseEvent | null): void {
    const cursor = pointer === null ? null : this.cellAt(pointer);
    const now = this.#state.cursor;
    if (cursor?.layer !== now?.layer || cursor?.expert !== now?.expert) this.#change({ cursor, isByKeys: false });
  }

  cellAt({ clientX, clientY }: MouseEvent): Cell | null {
    const { layout } = this.#state;
    if (layout === null || this.#drawing === null) return null;
    const { left = 0, top = 0 } = this.#elements?.canvas.getBoundingClientRect() ?? {};
    const point = { x: (clientX - left) * layout.dpr, y: (clientY - top) * layout.dpr };
    const place = placeAt(layout, this.#scroll, point);
    return place && toCell(this.#drawing.model, place);
  }

  moveTo(cell: Cell | null): void {
    const { layout } = this.#state;
    if (layout !== null && cell !== null && this.#drawing !== null)
      this.#scrollTo(revealing(layout, this.#scroll, toPlace(this.#drawing.model, cell)));
    this.#change({ cursor: cell, isByKeys: cell !== null });
  }

  /** Moves the crosshair. @returns whether the key does that */
  moveByKey(key: string, withControl: boolean): boolean {
    if (this.#drawing === null) return false;
    const { model } = this.#drawing;
    const { cursor } = this.#state;
    const place = placeAfterKey(key, withControl, cursor && toPlace(model, cursor), model);
    if (place !== null) this.moveTo(toCell(model, place));
    return place !== null;
  }

  #resize(): void {
    if (this.#elements === null) return;
    const { canvas } = this.#elements;
    const dpr = window.devicePixelRatio;
    this.#size = { w: Math.round(canvas.clientWidth * dpr), h: Math.round(canvas.clientHeight * dpr) };
    canvas.width = this.#size.w;
    canvas.height = this.#size.h;
    this.#arrange();
    // a resized canvas is empty: it must be painted before this frame is shown
    this.#paint();
  }

  /** Computes the layout again. */
  #arrange(): void {
    if (this.#elements === null || this.#drawing === null || this.#size.w === 0 || this.#size.h === 0) return;
    const { canvas, scroller } = this.#elements;
    const { model } = this.#drawing;
    const dpr = window.devicePixelRatio;
    const layout = computeLayout({
      nLayers: model.nLayers,
      nExpert: model.nExpert,
      size: this.#size,
      dpr,
      margins: margins(getContext(canvas), this.#drawing, dpr),
      scrollbar: Math.ceil(this.#scrollbar * dpr),
    });
    const { cursor } = this.#state;
    this.#change({ layout, cursor: cursor !== null && isWithin(cursor, model) ? cursor : null });
    place(scroller, layout);
    this.#scrollTo(clampScroll(layout, this.#scroll));
  }

  #scrollTo({ x, y }: Point): void {
    const { layout } = this.#state;
    if (this.#elements === null || layout === null) return;
    this.#scroll = { x, y };
    this.#elements.scroller.scrollTo(x / layout.dpr, y / layout.dpr);
    this.#paintSoon();
  }

  #onScroll(): void {
    const { layout } = this.#state;
    if (this.#elements === null || layout === null) return;
    const { scrollLeft, scrollTop } = this.#elements.scroller;
    this.#scroll = clampScroll(layout, { x: scrollLeft * layout.dpr, y: scrollTop * layout.dpr });
    this.#paintSoon();
  }

  #change(change: Partial<HeatmapState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  #paintSoon(): void {
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    const { layout } = this.#state;
    if (this.#elements === null || this.#drawing === null || layout === null) return;
    this.#images ??= cellImages(this.#drawing);
    draw(getContext(this.#elements.canvas), { ...this.#drawing, layout, scroll: this.#scroll }, this.#images);
  }
}

function getContext(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  return context;
}

function place(scroller: HTMLElement, { view, content, scrollbars, dpr }: Layout): void {
  const px = (length: number): string => `${length / dpr}px`;
  Object.assign(scroller.style, {
    left: px(view.x),
    top: px(view.y),
    width: px(view.w + scrollbars.w),
    height: px(view.h + scrollbars.h),
    overflowX: content.w > view.w ? 'scroll' : 'hidden',
    overflowY: content.h > view.h ? 'scroll' : 'hidden',
  });
}

// The canvas of a heatmap: size, zoom, scrolling, and repainting in the next frame after a change. The crosshair is not
// on it, so that hovering never repaints the cells.
import { CellImage } from './cell-image.ts';
import type { PixelColours } from './cell-pixels.ts';
import { chrome } from './chrome.ts';
import { css, type HeatmapTheme } from './colour.ts';
import { drawScene, fontOf } from './draw-scene.ts';
import {
  clampScroll,
  computeLayout,
  contentAt,
  placeAt,
  revealing,
  scrollBringing,
  zoomStep,
  type Layout,
  type Size,
  type SurfaceView,
} from './layout.ts';
import { chromeMargins, FONT, type ChromeTexts } from './margins.ts';
import { placeOf, type HeatmapModel } from './model.ts';
import type { Cell, Point } from './types.ts';

export type SurfaceElements = {
  /** As large as the whole picture. */
  readonly stage: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  /** The element over the cells, whose own scroll bars scroll them. */
  readonly scroller: HTMLElement;
  /** As large as all cells, within the scroller. */
  readonly sizer: HTMLElement;
};

export type Drawing = {
  readonly model: HeatmapModel;
  readonly texts: ChromeTexts;
  readonly theme: HeatmapTheme;
  readonly colours: PixelColours;
};

/** The point that zooming keeps in place. */
type Anchor = {
  /** In the window, in CSS pixels. */
  readonly client: Point;
  /** In the picture, in device pixels. */
  readonly at: Point;
  /** The content there, in columns and layers. */
  readonly content: Point;
};

export class HeatmapSurface {
  #elements: SurfaceElements | null = null;
  #drawing: Drawing | null = null;
  #size: Size = { w: 0, h: 0 };
  #view: SurfaceView | null = null;
  #anchor: Anchor | null = null;
  /** In CSS pixels; 0 if scroll bars float. */
  #scrollbar = 0;
  #frame: number | null = null;
  readonly #cells = new CellImage();
  readonly #listeners = new Set<() => void>();

  /** Attaches the surface to its elements. @returns a function that detaches it */
  attach(elements: SurfaceElements): () => void {
    this.#elements = elements;
    this.#scrollbar = scrollbarThickness(elements.stage);
    const observer = new ResizeObserver(([entry]) => entry !== undefined && this.#resize(sizeOf(entry)));
    observer.observe(elements.stage, { box: EXACT_SIZES ? 'device-pixel-content-box' : 'content-box' });
    const onScroll = (): void => this.#onScroll();
    elements.scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      elements.scroller.removeEventListener('scroll', onScroll);
      if (this.#frame !== null) cancelAnimationFrame(this.#frame);
      this.#frame = null;
      this.#elements = null;
    };
  }

  /** Calls the listener after each change of layout or scroll position. @returns a function that ends it */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** null: nothing is laid out yet. */
  readonly view = (): SurfaceView | null => this.#view;

  show(drawing: Drawing): void {
    this.#drawing = drawing;
    const { nLayers, nExpert } = drawing.model.data;
    const before = this.#view?.layout;
    const isOther = before?.nLayers !== nLayers || before.nExpert !== nExpert;
    if (isOther) this.#view = null;
    this.#arrange(isOther ? 1 : before.zoom, null);
  }

  /** Returns the cell at a point; null: there is none. @param client a point of the window in CSS pixels */
  cellAt(client: Point): Cell | null {
    if (this.#view === null || this.#drawing === null) return null;
    const { layout, scroll } = this.#view;
    const place = placeAt(layout, scroll, this.#devicePoint(client));
    if (place === null) return null;
    const { expertAt, data } = this.#drawing.model;
    return { layer: place.layer, expert: expertAt[place.layer * data.nExpert + place.column]! };
  }

  /** Scrolls just enough to show the whole cell. */
  reveal(cell: Cell): void {
    if (this.#view === null || this.#drawing === null) return;
    const { layout, scroll } = this.#view;
    this.#anchor = null;
    this.#scrollTo(revealing(layout, scroll, placeOf(this.#drawing.model, cell)));
  }

  /** Zooms by a factor. @param client the point of the window, in CSS pixels, that keeps its content */
  zoomBy(factor: number, client: Point): void {
    if (this.#view === null) return;
    this.#arrange(this.#view.layout.zoom * factor, this.#anchorAt(client));
  }

  /** Zooms a step. @param direction fit: all cells, as large as possible */
  zoom(direction: 'in' | 'out' | 'fit'): void {
    if (this.#view === null) return;
    this.#arrange(direction === 'fit' ? 1 : zoomStep(this.#view.layout, direction), null);
  }

  /** Scrolls the picture. @param by in CSS pixels */
  pan(by: Point): void {
    if (this.#view === null) return;
    const { layout, scroll } = this.#view;
    this.#anchor = null;
    this.#scrollTo(clampScroll(layout, { x: scroll.x + by.x * layout.dpr, y: scroll.y + by.y * layout.dpr }));
  }

  /** Repeated zooming at one point keeps the content that was there at first, even if the limits of the content prevent it for a while. */
  #anchorAt(client: Point): Anchor | null {
    if (this.#view === null) return null;
    if (this.#anchor?.client.x === client.x && this.#anchor.client.y === client.y) return this.#anchor;
    const at = this.#devicePoint(client);
    this.#anchor = { client, at, content: contentAt(this.#view.layout, this.#view.scroll, at) };
    return this.#anchor;
  }

  #devicePoint(client: Point): Point {
    if (this.#elements === null || this.#view === null) return { x: -1, y: -1 };
    const { left, top } = this.#elements.stage.getBoundingClientRect();
    const { dpr } = this.#view.layout;
    return { x: (client.x - left) * dpr, y: (client.y - top) * dpr };
  }

  #resize(size: Size): void {
    if (this.#elements === null) return;
    this.#size = size;
    this.#elements.canvas.width = size.w;
    this.#elements.canvas.height = size.h;
    this.#arrange(this.#view?.layout.zoom ?? 1, null);
    // A resized canvas is empty: it must be painted before this frame is shown.
    this.#paint();
  }

  /** Computes the layout again. @param anchor null: the content in the middle of the view stays there */
  #arrange(zoom: number, anchor: Anchor | null): void {
    if (this.#elements === null || this.#drawing === null || this.#size.w === 0 || this.#size.h === 0) return;
    const { model, texts, theme } = this.#drawing;
    const dpr = window.devicePixelRatio;
    const context = contextOf(this.#elements.canvas);
    const layout = computeLayout({
      nLayers: model.data.nLayers,
      nExpert: model.data.nExpert,
      size: this.#size,
      dpr,
      margins: chromeMargins(texts, model.data.moeLayers, model.kept !== null, dpr, textWidth(context, theme, dpr)),
      scrollbar: Math.ceil(this.#scrollbar * dpr),
      zoom,
    });
    const before = this.#view;
    const at = anchor?.at ?? { x: layout.view.x + layout.view.w / 2, y: layout.view.y + layout.view.h / 2 };
    const content = anchor?.content ?? (before === null ? { x: 0, y: 0 } : contentAt(before.layout, before.scroll, at));
    const scroll = before === null ? { x: 0, y: 0 } : scrollBringing(layout, content, at);
    place(this.#elements, layout);
    this.#view = { layout, scroll };
    this.#scrollTo(scroll);
  }

  #scrollTo({ x, y }: Point): void {
    if (this.#elements === null || this.#view === null) return;
    const { layout } = this.#view;
    this.#elements.scroller.scrollTo({ left: x / layout.dpr, top: y / layout.dpr, behavior: 'instant' });
    this.#moveTo({ x, y });
  }

  #onScroll(): void {
    if (this.#elements === null || this.#view === null) return;
    const { layout, scroll } = this.#view;
    const { scrollLeft, scrollTop } = this.#elements.scroller;
    const to = clampScroll(layout, { x: scrollLeft * layout.dpr, y: scrollTop * layout.dpr });
    if (to.x === scroll.x && to.y === scroll.y) return;
    this.#anchor = null;
    this.#moveTo(to);
  }

  #moveTo(scroll: Point): void {
    if (this.#view === null) return;
    this.#view = { layout: this.#view.layout, scroll };
    this.#paintSoon();
    for (const listener of this.#listeners) listener();
  }

  #paintSoon(): void {
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (this.#elements === null || this.#view === null || this.#drawing === null) return;
    const frame = { ...this.#drawing, ...this.#view };
    const context = contextOf(this.#elements.canvas);
    context.fillStyle = css(frame.theme.bg);
    context.fillRect(0, 0, this.#size.w, this.#size.h);
    this.#cells.draw(context, frame.model, frame.layout, frame.scroll, frame.colours);
    drawScene(context, chrome(frame), frame.theme);
  }
}

/** Whether the browser reports sizes in device pixels. */
const EXACT_SIZES = 'devicePixelContentBoxSize' in ResizeObserverEntry.prototype;

/** Returns the size of an element in device pixels. */
function sizeOf({ devicePixelContentBoxSize, contentRect }: ResizeObserverEntry): Size {
  const dpr = window.devicePixelRatio;
  const rounded = { w: Math.round(contentRect.width * dpr), h: Math.round(contentRect.height * dpr) };
  const exact = EXACT_SIZES ? devicePixelContentBoxSize[0] : undefined;
  // A browser that emulates the pixel density of another screen reports the size for its own.
  if (exact === undefined || Math.abs(exact.inlineSize - rounded.w) > 1) return rounded;
  return { w: exact.inlineSize, h: exact.blockSize };
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  return context;
}

function textWidth(context: CanvasRenderingContext2D, theme: HeatmapTheme, dpr: number): (text: string) => number {
  return (text) => {
    context.font = fontOf({ size: Math.round(FONT * dpr) }, theme);
    return context.measureText(text).width;
  };
}

function scrollbarThickness(parent: HTMLElement): number {
  const probe = document.createElement('div');
  Object.assign(probe.style, { position: 'absolute', visibility: 'hidden', overflow: 'scroll', width: '99px' });
  parent.append(probe);
  const thickness = probe.offsetWidth - probe.clientWidth;
  probe.remove();
  return thickness;
}

function place({ scroller, sizer }: SurfaceElements, { view, content, scrollbars, dpr }: Layout): void {
  const px = (length: number): string => `${length / dpr}px`;
  const pans = { x: content.w > view.w, y: content.h > view.h };
  Object.assign(scroller.style, {
    left: px(view.x),
    top: px(view.y),
    width: px(view.w + scrollbars.w),
    height: px(view.h + scrollbars.h),
    // even if scroll bars float and take no room
    overflowX: pans.x ? 'scroll' : 'hidden',
    overflowY: pans.y ? 'scroll' : 'hidden',
    // a finger or the wheel moves the picture, or the page if there is nothing more to show
    touchAction: pans.x || pans.y ? 'none' : 'pan-x pan-y',
    overscrollBehaviorX: pans.x ? 'contain' : 'auto',
    overscrollBehaviorY: pans.y ? 'contain' : 'auto',
  });
  Object.assign(sizer.style, { width: px(content.w), height: px(content.h) });
}

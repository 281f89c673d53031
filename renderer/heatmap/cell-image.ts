// The visible cells as one ImageData, drawn on a canvas in one step.
import { paintCells, type PixelColours } from './cell-pixels.ts';
import type { Layout } from './layout.ts';
import type { HeatmapModel } from './model.ts';
import type { Point } from './types.ts';

export class CellImage {
  #image: ImageData | null = null;
  #pixels = new Uint32Array();

  /** Replaces all pixels of the view. */
  draw(
    context: CanvasRenderingContext2D,
    model: HeatmapModel,
    layout: Layout,
    scroll: Point,
    colours: PixelColours,
  ): void {
    const { x, y, w, h } = layout.view;
    if (this.#image?.width !== w || this.#image.height !== h) {
      this.#image = new ImageData(w, h);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    paintCells(this.#pixels, model, layout, scroll, colours);
    context.putImageData(this.#image, x, y);
  }
}

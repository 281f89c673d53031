// The whole heatmap as a PNG, as shown on the screen.
import { CellImage } from './cell-image.ts';
import { css } from './colour.ts';
import { drawScene } from './draw-scene.ts';
import type { ExportPicture } from './export-picture.ts';
import type { Drawing } from './surface.ts';

/** Enough for print, and for screens of twice the density. */
export const PNG_DENSITY = 2;

/** Returns the PNG. @param picture laid out at `PNG_DENSITY` */
export async function heatmapPng({ model, theme, colours }: Drawing, picture: ExportPicture): Promise<Blob> {
  const { layout, scene } = picture;
  const canvas = document.createElement('canvas');
  canvas.width = layout.size.w;
  canvas.height = layout.size.h;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser has no 2D canvas.');
  context.fillStyle = css(theme.bg);
  context.fillRect(0, 0, canvas.width, canvas.height);
  new CellImage().draw(context, model, layout, { x: 0, y: 0 }, colours);
  drawScene(context, scene, theme);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('The browser made no PNG.')) : resolve(blob)),
      'image/png',
    );
  });
}

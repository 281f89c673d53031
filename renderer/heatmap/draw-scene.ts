// Draws shapes on a canvas.
import { css, type HeatmapTheme } from './colour.ts';
import type { Scene, Shape, Text } from './scene.ts';

/** Draws a scene. Lengths are pixels of the canvas. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene, theme: HeatmapTheme): void {
  for (const shape of scene.free) drawShape(context, shape, theme);
  if (scene.clipped.length === 0) return;
  const { x, y, w, h } = scene.clip;
  context.save();
  context.beginPath();
  context.rect(x, y, w, h);
  context.clip();
  for (const shape of scene.clipped) drawShape(context, shape, theme);
  context.restore();
}

export function fontOf({ size, bold }: Pick<Text, 'size' | 'bold'>, theme: HeatmapTheme): string {
  return `${bold === true ? 600 : 400} ${size}px ${theme.font}`;
}

function drawShape(context: CanvasRenderingContext2D, shape: Shape, theme: HeatmapTheme): void {
  switch (shape.kind) {
    case 'rect':
      context.fillStyle = css(shape.fill);
      context.fillRect(shape.rect.x, shape.rect.y, shape.rect.w, shape.rect.h);
      return;
    case 'dot':
      context.beginPath();
      context.arc(shape.centre.x, shape.centre.y, shape.radius, 0, 2 * Math.PI);
      context.fillStyle = css(shape.fill);
      context.fill();
      context.strokeStyle = css(shape.stroke);
      context.lineWidth = shape.width;
      context.stroke();
      return;
    case 'cross': {
      const { x, y } = shape.centre;
      const arm = shape.radius;
      context.beginPath();
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x - arm, y + arm);
      context.lineTo(x + arm, y - arm);
      context.lineCap = 'round';
      context.strokeStyle = css(shape.stroke);
      context.lineWidth = shape.width;
      context.stroke();
      return;
    }
    case 'text':
      context.font = fontOf(shape, theme);
      context.fillStyle = css(shape.fill);
      context.textAlign = shape.align;
      context.textBaseline = 'middle';
      context.fillText(shape.text, shape.at.x, shape.at.y);
  }
}

// What is drawn around and on top of the cells, as data: the screen, the PNG and the SVG show the same.
import type { Rgb } from './colour.ts';
import type { Rect } from './layout.ts';
import type { Point } from './types.ts';

export type Shape =
  | { readonly kind: 'rect'; readonly rect: Rect; readonly fill: Rgb }
  | {
      readonly kind: 'dot';
      readonly centre: Point;
      readonly radius: number;
      readonly fill: Rgb;
      readonly stroke: Rgb;
      readonly width: number;
    }
  | {
      readonly kind: 'cross';
      readonly centre: Point;
      readonly radius: number;
      readonly stroke: Rgb;
      readonly width: number;
    }
  | Text;

export type Text = {
  readonly kind: 'text';
  /** At half the height of the line. */
  readonly at: Point;
  readonly text: string;
  readonly align: 'left' | 'center' | 'right';
  readonly fill: Rgb;
  /** Height of the font. */
  readonly size: number;
  readonly bold?: boolean;
};

/** Shapes, drawn in order. */
export type Scene = {
  readonly free: readonly Shape[];
  /** Drawn afterwards, clipped to the rectangle. */
  readonly clipped: readonly Shape[];
  readonly clip: Rect;
};

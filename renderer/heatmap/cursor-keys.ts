// Moves the crosshair by keys.
import type { Place } from './layout.ts';
import type { Dimensions } from './types.ts';

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

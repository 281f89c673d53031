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
  const to = target(key, withControl, { layer, column }, { nLayers, nExpert });
  if (to === null) return null;
  if (from === null && key.startsWith('Arrow')) return { layer, column };
  return { layer: clamp(to.layer, nLayers), column: clamp(to.column, nExpert) };
}

function target(key: string, withControl: boolean, { layer, column }: Place, size: Dimensions): Place | null {
  switch (key) {
    case 'ArrowLeft':
      return { layer, column: column - 1 };
    case 'ArrowRight':
      return { layer, column: column + 1 };
    case 'ArrowUp':
      return { layer: layer - 1, column };
    case 'ArrowDown':
      return { layer: layer + 1, column };
    case 'PageUp':
      return { layer: layer - PAGE, column };
    case 'PageDown':
      return { layer: layer + PAGE, column };
    case 'Home':
      return { layer: withControl ? 0 : layer, column: 0 };
    case 'End':
      return { layer: withControl ? size.nLayers - 1 : layer, column: size.nExpert - 1 };
    default:
      return null;
  }
}

function clamp(index: number, count: number): number {
  return Math.min(Math.max(index, 0), count - 1);
}

import { describe, expect, it } from 'vitest';
import { placeAfterKey } from '../../../renderer/heatmap/cursor-keys.ts';
import { keepAfterKey, keepAt, keepLinePlace } from '../../../renderer/heatmap/keep-line-place.ts';
import { layoutOf } from './pictures.ts';

const size = { nLayers: 40, nExpert: 64 };
const at = { layer: 20, column: 30 };

describe('placeAfterKey', () => {
  it.each([
    ['ArrowLeft', { layer: 20, column: 29 }],
    ['ArrowRight', { layer: 20, column: 31 }],
    ['ArrowUp', { layer: 19, column: 30 }],
    ['ArrowDown', { layer: 21, column: 30 }],
    ['PageUp', { layer: 10, column: 30 }],
    ['PageDown', { layer: 30, column: 30 }],
    ['Home', { layer: 20, column: 0 }],
    ['End', { layer: 20, column: 63 }],
  ])('%s', (key, place) => {
    expect(placeAfterKey(key, false, at, size)).toEqual(place);
  });

  it('goes to the corners with control', () => {
    expect(placeAfterKey('Home', true, at, size)).toEqual({ layer: 0, column: 0 });
    expect(placeAfterKey('End', true, at, size)).toEqual({ layer: 39, column: 63 });
  });

  it('stays within the picture', () => {
    expect(placeAfterKey('ArrowLeft', false, { layer: 5, column: 0 }, size)).toEqual({ layer: 5, column: 0 });
    expect(placeAfterKey('PageDown', false, { layer: 35, column: 7 }, size)).toEqual({ layer: 39, column: 7 });
  });

  it('begins at the first cell', () => {
    expect(placeAfterKey('ArrowRight', false, null, size)).toEqual({ layer: 0, column: 0 });
    expect(placeAfterKey('End', false, null, size)).toEqual({ layer: 0, column: 63 });
  });

  it('leaves other keys alone', () => {
    expect(placeAfterKey('Enter', false, at, size)).toBeNull();
    expect(placeAfterKey('toString', false, at, size)).toBeNull();
  });
});

describe('keepAfterKey', () => {
  it('moves by one, by a sixteenth, and to the ends', () => {
    expect(keepAfterKey('ArrowRight', 32, 64)).toBe(33);
    expect(keepAfterKey('ArrowDown', 32, 64)).toBe(31);
    expect(keepAfterKey('PageUp', 32, 64)).toBe(36);
    expect(keepAfterKey('Home', 32, 64)).toBe(1);
    expect(keepAfterKey('End', 32, 64)).toBe(64);
    expect(keepAfterKey('ArrowLeft', 1, 64)).toBe(1);
    expect(keepAfterKey('Enter', 32, 64)).toBeNull();
  });
});

describe('the line of K', () => {
  const layout = layoutOf({ nLayers: 10, nExpert: 100, size: { w: 1000, h: 400 }, dpr: 2, zoom: 3 });
  const scroll = { x: 300, y: 0 };

  it('stands where a drag to its place means the same K', () => {
    for (let keep = 15; keep <= 40; keep++) {
      const { x, isOutside } = keepLinePlace({ layout, scroll }, keep);
      expect(isOutside).toBe(false);
      expect(keepAt({ layout, scroll }, x)).toBe(keep);
    }
  });

  it('waits at the edge when K is not in sight', () => {
    expect(keepLinePlace({ layout, scroll }, 90)).toMatchObject({ x: 500, isOutside: true, grip: 'left' });
    expect(keepLinePlace({ layout, scroll }, 1)).toMatchObject({ x: 0, isOutside: true, grip: 'right' });
  });

  it('keeps at least one expert and at most all', () => {
    expect(keepAt({ layout, scroll: { x: 0, y: 0 } }, -50)).toBe(1);
    expect(keepAt({ layout, scroll: clampedEnd() }, 5000)).toBe(100);
  });

  function clampedEnd(): { x: number; y: number } {
    return { x: layout.content.w - layout.view.w, y: 0 };
  }
});

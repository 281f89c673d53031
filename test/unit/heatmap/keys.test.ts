import { describe, expect, it } from 'vitest';
import { placeAfterKey } from '../../../renderer/heatmap/layout.ts';

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

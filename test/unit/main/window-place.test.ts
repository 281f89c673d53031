import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPlace, rememberPlace } from '../../../electron/main/window-place.ts';

const folder = mkdtempSync(join(tmpdir(), 'winnow-place-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'window.json');
const screen = { x: 0, y: 0, width: 1920, height: 1080 };
const beside = { x: 1920, y: 0, width: 1920, height: 1080 };
const place = { x: 100, y: 50, width: 1000, height: 700, maximized: false };
const write = (content: unknown): void => writeFileSync(file, JSON.stringify(content));

describe("the window's place", () => {
  test('is that of the last time, on any screen', () => {
    write(place);
    expect(readPlace(file, [screen])).toEqual(place);
    write({ ...place, x: 2500 });
    expect(readPlace(file, [screen, beside])).toMatchObject({ x: 2500 });
  });

  test.each([
    ['on a screen that is gone', { x: 2500 }],
    ['with its title bar above the screen', { y: -40 }],
    ['all but off the screen', { x: -950 }],
    ['below the screen', { y: 1070 }],
  ])('%s keeps its size only', (_name, change) => {
    write({ ...place, ...change, maximized: true });
    expect(readPlace(file, [screen])).toEqual({ width: 1000, height: 700, maximized: true });
  });

  test('of a file that is none, or absurd, is the first one', () => {
    const first = { width: 1280, height: 800, maximized: false };
    expect(readPlace(join(folder, 'none.json'), [screen])).toEqual(first);
    write({ ...place, width: 5 });
    expect(readPlace(file, [screen])).toEqual(first);
  });

  test('of a maximized window is where it goes back to; a disk that takes nothing keeps no window open', () => {
    const { maximized: _, ...bounds } = place;
    const window = { getNormalBounds: () => bounds, isMaximized: () => true };
    rememberPlace(file, window);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...place, maximized: true });
    expect(() => rememberPlace(join(folder, 'no', 'window.json'), window)).not.toThrow();
  });
});

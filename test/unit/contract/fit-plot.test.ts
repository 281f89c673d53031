// Where files stand in the picture of a search.
import { expect, test } from 'vitest';
import type { FitFile } from '../../../electron/contract/fit.ts';
import { fitPlot, frontierOf } from '../../../electron/contract/fit-plot.ts';

/** Divergences in nats whose exponentials are these ratios. */
function file(keep: number, bytes: number, inside: number | null, outside: number | null = null): FitFile {
  const nats = (ratio: number | null) =>
    ratio === null ? null : { value: Math.log(ratio), low: Math.log(ratio * 0.99), high: Math.log(ratio * 1.01) };
  return {
    keep,
    type: 'Q4_K_M',
    mix: null,
    width: null,
    bytes,
    memoryBytes: bytes,
    inside: null,
    outside: null,
    klMean: nats(inside),
    klOutside: nats(outside),
    top1: null,
    isContender: false,
    confirmed: null,
    repair: null,
  };
}

const SIZE = { width: 800, height: 400 };

test('larger files stand further right, larger losses higher up, and all of it inside the frame', () => {
  const files = [file(32, 9e6, 1.05, 1.04), file(24, 11e6, 1.01, 3), file(20, 10e6, null)];
  const { points, area, xTicks, yTicks } = fitPlot({ files, nExpert: 32 }, SIZE)!;
  expect(points.map(({ file: index, isInside, isPlain }) => [index, isInside, isPlain])).toEqual([
    [0, true, true],
    [0, false, true],
    [1, true, false],
    [1, false, false],
  ]);
  const [small, , large, outside] = points;
  expect(large!.x).toBeGreaterThan(small!.x);
  expect(large!.y).toBeGreaterThan(small!.y); // down the screen is less loss
  expect(outside!.y).toBeLessThan(small!.y);
  for (const { x, y, whisker } of points) {
    expect(x).toBeGreaterThan(area.left);
    expect(x).toBeLessThan(area.right);
    expect(whisker!.top).toBeLessThan(y);
    expect(whisker!.bottom).toBeGreaterThan(y);
    expect(whisker!.top).toBeGreaterThan(area.top);
    expect(whisker!.bottom).toBeLessThan(area.bottom);
  }
  expect(xTicks.length).toBeGreaterThan(1);
  expect(yTicks.map(({ ratio }) => ratio)).toContain(1);
});

test('equal steps of the ratio are equal steps up', () => {
  const files = [file(8, 1, 1), file(8, 2, 2), file(8, 3, 4)];
  const [one, two, four] = fitPlot({ files, nExpert: 32 }, SIZE)!.points;
  expect(one!.y - two!.y).toBeCloseTo(two!.y - four!.y, 6);
});

test('the frontier leaves out what a smaller file does as well', () => {
  const files = [file(8, 5, 1.3), file(8, 3, 2), file(8, 4, 1.4), file(8, 6, 1.3), file(8, 7, 1.1), file(8, 8, null)];
  expect(frontierOf(files).map(({ bytes, ratio }) => [bytes, Number(ratio.toFixed(9))])).toEqual([
    [3, 2],
    [4, 1.4],
    [5, 1.3],
    [7, 1.1],
  ]);
});

test('one file alone has a picture, none has not', () => {
  expect(fitPlot({ files: [file(8, 5e9, 1)], nExpert: 8 }, SIZE)!.points).toHaveLength(1);
  expect(fitPlot({ files: [file(8, 5e9, null)], nExpert: 8 }, SIZE)).toBeNull();
});

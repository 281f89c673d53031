// How different two colours look, also to colour-blind people.
import type { Rgb } from '../../../renderer/heatmap/colour.ts';

type Matrix = readonly [Rgb, Rgb, Rgb];

/** On linear light; Machado, Oliveira and Fernandes 2009, severity 1. */
export const VISIONS: Readonly<Record<string, Matrix>> = {
  'usual vision': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Distance in OKLab (Ottosson 2020), times 100. */
export function difference(a: Rgb, b: Rgb, vision: string): number {
  const matrix = VISIONS[vision];
  if (!matrix) throw new Error(`No such vision: ${vision}`);
  const [first, second] = [a, b].map((colour) => oklab(times(matrix, linear(colour))));
  return 100 * Math.hypot(...[0, 1, 2].map((i) => first![i]! - second![i]!));
}

function linear(colour: Rgb): Rgb {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return [red!, green!, blue!];
}

function times(matrix: Matrix, [x, y, z]: Rgb): Rgb {
  const row = ([a, b, c]: Rgb): number => Math.max(0, a * x + b * y + c * z);
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function oklab(light: Rgb): Rgb {
  const [l, m, s] = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    light,
  ).map(Math.cbrt) as [number, number, number];
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

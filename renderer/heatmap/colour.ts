// Colour tables. A level is 0 to 255; see magnitude.ts.
import { scaleLinear } from 'd3-scale';
import { interpolateViridis } from 'd3-scale-chromatic';
import { NEUTRAL_LEVEL } from './magnitude.ts';

/** Each component is 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The colours of the interface that the picture uses, see renderer/theme.css. */
export type HeatmapTheme = {
  readonly bg: Rgb;
  readonly bgSunken: Rgb;
  readonly text: Rgb;
  readonly textDim: Rgb;
  readonly line: Rgb;
  readonly accent: Rgb;
  readonly dropped: Rgb;
  readonly caution: Rgb;
  /** Font family of the interface. */
  readonly font: string;
  /** The system's own colours are enforced, so texture must show what colour cannot. */
  readonly forced: boolean;
};

/** Colours of cells, by level. */
export type CellColours = {
  readonly kept: readonly Rgb[];
  readonly dropped: readonly Rgb[];
  /** The colours of the hatching on dropped cells. */
  readonly hatch: readonly Rgb[];
  /** The colour of a cell that is not scored yet, and of its dots. */
  readonly empty: Rgb;
  readonly emptyDots: Rgb;
};

export function cellColours(diverging: boolean, theme: HeatmapTheme): CellColours {
  const kept = diverging ? divergingTable(theme) : MAGNITUDES;
  const dropped = kept.map((_, level) => recede(diverging ? extremity(level) : level / 255, theme));
  const hatch = hatchOf(theme);
  return {
    kept,
    dropped,
    hatch: dropped.map((colour) => mix(colour, hatch.colour, hatch.opacity)),
    empty: theme.bgSunken,
    emptyDots: mix(theme.bgSunken, theme.textDim, 0.4),
  };
}

/** Returns how the lines on dropped cells are drawn: they must be visible on dark and on bright cells. */
export function hatchOf({ forced, text }: HeatmapTheme): { readonly colour: Rgb; readonly opacity: number } {
  return { colour: text, opacity: forced ? 1 : 0.2 };
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}

/** Returns the mixture of two colours: from `a` (0) to `b` (1). */
export function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const between = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * part);
  return [between(0), between(1), between(2)];
}

/** Returns the perceived brightness, 0 to 255. */
export function brightness([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Reads a colour. @param text `rgb(1, 2, 3)`, in the form of d3 and computed styles */
export function parseRgb(text: string): Rgb {
  const [red, green, blue] = (text.match(/[\d.]+/g) ?? []).map(Number);
  if (red === undefined || green === undefined || blue === undefined) throw new Error(`Not an rgb colour: ${text}`);
  return [red, green, blue];
}

/** Where the ramp begins: a lower part would be as dark as dropped cells in the dark theme. */
const RAMP_FROM = 0.1;

/**
 * Returns the colour of a magnitude: dark to bright, and never grey, which is reserved for dropped cells. Viridis,
 * whose order of brightness is the same for colour-blind people; see theme.css.
 * @param share 0 to 1
 * @returns `#rrggbb`
 */
export function magnitudeColour(share: number): string {
  return interpolateViridis(RAMP_FROM + (1 - RAMP_FROM) * Math.min(1, Math.max(0, share)));
}

const MAGNITUDES: readonly Rgb[] = Array.from({ length: 256 }, (_, level) => ofHex(magnitudeColour(level / 255)));

/** @param text `#01afff` */
function ofHex(text: string): Rgb {
  const bits = Number.parseInt(text.slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

const ON_LIGHT = { less: ['rgb(9,72,150)', 'rgb(104,160,214)'], more: ['rgb(240,160,86)', 'rgb(176,78,0)'] } as const;
const ON_DARK = {
  less: ['rgb(120,186,255)', 'rgb(48,104,160)'],
  more: ['rgb(166,96,38)', 'rgb(255,178,102)'],
} as const;

/** Blue: less than in the other run; orange: more. The middle is close to the background. */
function divergingTable(theme: HeatmapTheme): Rgb[] {
  const { less, more } = brightness(theme.bg) < 128 ? ON_DARK : ON_LIGHT;
  const neutral = css(mix(theme.bg, theme.textDim, 0.14));
  const colour = scaleLinear<string>()
    .domain([-1, -0.45, 0, 0.45, 1])
    .range([...less, neutral, ...more])
    .clamp(true);
  return Array.from({ length: 256 }, (_, level) => parseRgb(colour((level - NEUTRAL_LEVEL) / 127)));
}

/** How far dropped cells stand out from the background, at least and at most. */
const RECEDED = [0.1, 0.34] as const;

/** Dropped cells are greys near the background, a range that no kept cell has: they show how much is lost, not how bright they were. */
function recede(magnitude: number, { forced, bg, dropped }: HeatmapTheme): Rgb {
  const [least, most] = RECEDED;
  return forced ? bg : mix(bg, dropped, least + (most - least) * magnitude);
}

/** How far a level of a difference is from the middle: 0 means no difference. */
function extremity(level: number): number {
  return Math.min(1, Math.abs(level - NEUTRAL_LEVEL) / 127);
}

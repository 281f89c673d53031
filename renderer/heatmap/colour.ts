// Colours of cells by level, 0 to 255.
import { interpolateViridis } from 'd3-scale-chromatic';

/** Each component is 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The colours of the interface that the picture uses, see renderer/theme.css. */
export type HeatmapTheme = Readonly<
  Record<'bg' | 'bgSunken' | 'text' | 'textDim' | 'accent' | 'dropped' | 'caution', Rgb>
> & {
  /** Font family of the interface. */
  readonly font: string;
  /** The system's own colours are enforced, so texture must show what colour cannot. */
  readonly forced: boolean;
};

export function css([red, green, blue]: Rgb, opacity = 1): string {
  return `rgb(${red} ${green} ${blue} / ${opacity})`;
}

/** Returns the mixture of two colours: from `a` (0) to `b` (1). */
export function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const between = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * part);
  return [between(0), between(1), between(2)];
}

/** Where the ramp begins: a lower part would be as dark as dropped cells in the dark theme. */
const RAMP_FROM = 0.1;

/**
 * Returns the colour of a magnitude: dark to bright, and never grey, which is reserved for dropped cells. Viridis,
 * whose order of brightness is the same for colour-blind people; see theme.css.
 * @param share 0 to 1
 * @returns `#rrggbb`
 */
function magnitudeColour(share: number): string {
  return interpolateViridis(RAMP_FROM + (1 - RAMP_FROM) * Math.min(1, Math.max(0, share)));
}

export const KEPT_COLOURS: readonly Rgb[] = Array.from({ length: 256 }, (_, level) => {
  const bits = Number.parseInt(magnitudeColour(level / 255).slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
});

/** How far dropped cells stand out from the background, at least and at most. */
const RECEDED = [0.1, 0.34] as const;

/** Dropped cells are greys near the background, a range that no kept cell has: they show how much is lost, not how bright they were. */
export function droppedColours({ forced, bg, dropped }: HeatmapTheme): readonly Rgb[] {
  const [least, most] = RECEDED;
  return KEPT_COLOURS.map((_, level) => (forced ? bg : mix(bg, dropped, least + ((most - least) * level) / 255)));
}

/** Returns how opaque the lines on dropped cells are: they must be visible on dark and on bright cells. */
export function hatchOpacity({ forced }: HeatmapTheme): number {
  return forced ? 1 : 0.2;
}

// The room around the cells, and where things are in it.
import type { Layout, Margins, Rect } from './layout.ts';

/** The words on the picture, in the user's language. */
export type ChromeTexts = {
  readonly layers: string;
  /** The meaning of the columns: experts by index, or ranks. */
  readonly columns: string;
  readonly retained: string;
  readonly layersKeeping: string;
  /** @param share 0 to 1 */
  readonly percent: (share: number) => string;
};

/** In CSS pixels. */
export const FONT = 11;
const TITLE_HEIGHT = 20;
const TICKS_HEIGHT = 18;
const BARS_WIDTH = 64;
const COUNTS_HEIGHT = 28;
const SPACE = 4;

/**
 * Returns the margins.
 * @param hasKept whether there are margins for what a selection keeps
 * @param width of a text in `FONT` size, in device pixels
 */
export function chromeMargins(
  texts: ChromeTexts,
  moeLayers: readonly number[],
  hasKept: boolean,
  dpr: number,
  width: (text: string) => number,
): Margins {
  const whole = (css: number): number => Math.round(css * dpr);
  const left = Math.max(width(texts.layers), width(texts.columns), width(String(moeLayers.at(-1) ?? '')));
  const title = Math.max(width(texts.layersKeeping), width(texts.retained));
  const right = Math.max(whole(BARS_WIDTH + SPACE) + width(texts.percent(1)), title);
  return {
    left: Math.ceil(left) + whole(3 * SPACE),
    top: whole(TITLE_HEIGHT),
    right: whole(2 * SPACE) + (hasKept ? Math.ceil(right) + whole(SPACE) : 0),
    bottom: whole(TICKS_HEIGHT) + (hasKept ? whole(COUNTS_HEIGHT + SPACE) : 0),
  };
}

export type ChromeParts = {
  readonly font: number;
  /** Middle of the titles above the cells. */
  readonly titleY: number;
  /** Right end of the labels on the left. */
  readonly labelX: number;
  /** Middle of the column labels. */
  readonly ticksY: number;
  /** The bars that show what each layer retains. */
  readonly bars: Rect;
  /** Left end of the labels on the bars. */
  readonly barLabelX: number;
  /** The bars that show how many layers keep each column. */
  readonly counts: Rect;
};

export function chromeParts({ view, dpr, scrollbars }: Layout): ChromeParts {
  const whole = (css: number): number => Math.round(css * dpr);
  const below = view.y + view.h + scrollbars.h;
  const barsX = view.x + view.w + scrollbars.w + whole(2 * SPACE);
  const barsWidth = whole(BARS_WIDTH);
  return {
    font: whole(FONT),
    titleY: view.y - whole(TITLE_HEIGHT / 2),
    labelX: view.x - whole(2 * SPACE),
    ticksY: below + whole(TICKS_HEIGHT / 2),
    bars: { x: barsX, y: view.y, w: barsWidth, h: view.h },
    barLabelX: barsX + barsWidth + whole(SPACE),
    counts: { x: view.x, y: below + whole(TICKS_HEIGHT), w: view.w, h: whole(COUNTS_HEIGHT) },
  };
}

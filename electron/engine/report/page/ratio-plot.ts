// A ratio with its interval as a dot on a line, beside the figures that say the same.
import type { PublishedInterval } from '../../../contract/interval.ts';
import { html, type Markup } from './html.ts';

/** Ratios at the left and right end, on a logarithmic axis; 1 lies between them. */
export type RatioScale = { readonly low: number; readonly high: number };

const WIDTH = 160;
const HEIGHT = 16;
/** Room for a dot at the ends. */
const MARGIN = 5;

/** One scale for all that is compared. */
export function ratioScale(ratios: readonly PublishedInterval[]): RatioScale {
  return {
    low: Math.min(1, ...ratios.map(({ value, low }) => low ?? value)),
    high: Math.max(1.01, ...ratios.map(({ value, high }) => high ?? value)),
  };
}

/** A dot with its interval and the line of the full model, on the scale that the table shares. */
export function ratioPlot({ value, low, high }: PublishedInterval, scale: RatioScale): Markup {
  const x = (ratio: number): string =>
    (MARGIN + ((WIDTH - 2 * MARGIN) * Math.log(ratio / scale.low)) / Math.log(scale.high / scale.low)).toFixed(1);
  const middle = HEIGHT / 2;
  const whisker =
    low === null || high === null ? null : html`<path class="whisker" d="M${x(low)} ${middle}H${x(high)}" />`;
  return html`<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <path class="full" d="M${x(1)} 0V${HEIGHT}" />
    ${whisker}
    <circle cx="${x(value)}" cy="${middle}" r="3.5" />
  </svg>`;
}

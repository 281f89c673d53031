// Formats figures with their intervals in the style of a language.
import type { PublishedInterval } from '../../contract/interval.ts';

type FigureFormats = {
  readonly whole: (value: number) => string;
  /** A share as a percentage with one decimal. */
  readonly percent: (share: number) => string;
  /** A figure, rounded to the digits that its interval justifies: "4.31 (4.07 – 4.55)", or "4.31" if that is not known. */
  readonly figure: (figure: PublishedInterval) => string;
  /** As `figure`, for shares: "91.3 % (90.9 – 91.7 %)". */
  readonly share: (share: PublishedInterval) => string;
};

/** Maximum decimals. A perfect agreement has an interval without width, which would not limit them. */
const MOST_DECIMALS = 6;
/** Digits of figures whose interval is not known. */
const PLAIN_DIGITS = 3;

/** @param language a tag that `Intl` accepts */
export function figureFormats(language: string): FigureFormats {
  const fixed = (value: number, decimals: number): string =>
    new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      .format(value)
      .replace('-', '−');
  const shown = ({ value, low, high }: PublishedInterval, unit: string): string => {
    if (low === null || high === null) return `${fixed(value, plainDecimals(value))}${unit}`;
    const decimals = decimalsFor((high - low) / 2);
    return `${fixed(value, decimals)}${unit} (${fixed(low, decimals)} – ${fixed(high, decimals)}${unit})`;
  };
  const inPercent = (share: number | null): number | null => (share === null ? null : 100 * share);
  return {
    whole: (value) => fixed(value, 0),
    percent: (share) => `${fixed(100 * share, 1)} %`,
    figure: (figure) => shown(figure, ''),
    share: ({ value, low, high }) => shown({ value: 100 * value, low: inPercent(low), high: inPercent(high) }, ' %'),
  };
}

/** The number of decimals to show. @param width half-width of the interval, of which two digits are shown */
function decimalsFor(width: number): number {
  if (!(width > 0)) return 2;
  return Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(width))));
}

function plainDecimals(value: number): number {
  const digits = Math.floor(Math.log10(Math.abs(value) || 1)) + 1;
  return Math.min(MOST_DECIMALS, Math.max(0, PLAIN_DIGITS - digits));
}

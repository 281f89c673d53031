// Formats numbers in the style of a language.
import { bytesFormat } from '../../../contract/display-bytes.ts';
import type { PublishedInterval } from '../../../contract/interval.ts';

/** A figure and its interval; `range` null: the interval is not known. */
type ShownEstimate = { readonly value: string; readonly range: string | null };

export type NumberFormats = {
  readonly whole: (value: number) => string;
  readonly bytes: (value: number) => string;
  /** A share of 1 as a percentage with one decimal. */
  readonly percent: (share: number) => string;
  /** "+12.3 %" or "−4.0 %". */
  readonly change: (share: number) => string;
  /** A range of shares computed from few cases: "6 – 37 %". */
  readonly percentRange: (low: number, high: number) => string;
  /** A difference of shares in percentage points: "+2.3". */
  readonly points: (difference: number) => string;
  /** A range of differences in percentage points: "−22 – +24". */
  readonly pointsRange: (low: number, high: number) => string;
  /** A figure, rounded to the digits that its interval justifies: "4.31", "4.07 to 4.55". */
  readonly estimate: (estimate: PublishedInterval) => ShownEstimate;
  /** As `estimate`, for shares: "91.3 %", "90.9 to 91.7 %". */
  readonly share: (estimate: PublishedInterval) => ShownEstimate;
  /** A ratio as its difference from 1: "+12 %", "+10 to +14 %"; from 2 on "× 2.4". */
  readonly rise: (ratio: PublishedInterval) => ShownEstimate;
  readonly short: (value: number) => string;
  readonly seconds: (value: number) => string;
  /** A date. @param time ISO 8601; shown in UTC, since readers may be in other time zones */
  readonly date: (time: string) => string;
};

/** Maximum decimals. A perfect agreement has an interval without width, which would not limit them. */
const MOST_DECIMALS = 6;
/** Digits of figures whose interval is not known. */
const PLAIN_DIGITS = 3;
/** From this value on, a ratio is easier to read than a percentage. */
const LARGE_RATIO = 2;

/** The formats of a language. @param language a tag that `Intl` accepts */
export function numberFormats(language: string): NumberFormats {
  const fixed = (value: number, decimals: number, sign: 'auto' | 'exceptZero' = 'auto'): string =>
    new Intl.NumberFormat(language, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: sign,
    })
      .format(value)
      .replace('-', '−');
  const short = (value: number): string =>
    new Intl.NumberFormat(language, { maximumSignificantDigits: PLAIN_DIGITS }).format(value);
  /** Formats an estimate. @param write formats one value with a number of decimals */
  const shown = (
    { value, low, high }: PublishedInterval,
    write: (value: number, decimals: number) => string,
    unit = '',
  ): ShownEstimate => {
    if (low === null || high === null) return { value: `${write(value, plainDecimals(value))}${unit}`, range: null };
    const decimals = decimalsFor((high - low) / 2);
    return {
      value: `${write(value, decimals)}${unit}`,
      range: `${write(low, decimals)} – ${write(high, decimals)}${unit}`,
    };
  };
  const scaled = ({ value, low, high }: PublishedInterval, by: (value: number) => number): PublishedInterval => ({
    value: by(value),
    low: low === null ? null : by(low),
    high: high === null ? null : by(high),
  });
  return {
    whole: (value) => fixed(value, 0),
    bytes: bytesFormat(language),
    percent: (share) => `${fixed(100 * share, 1)} %`,
    change: (share) => `${fixed(100 * share, 1, 'exceptZero')} %`,
    percentRange: (low, high) => `${fixed(100 * low, 0)} – ${fixed(100 * high, 0)} %`,
    points: (difference) => fixed(100 * difference, 1, 'exceptZero'),
    pointsRange: (low, high) => `${fixed(100 * low, 0, 'exceptZero')} – ${fixed(100 * high, 0, 'exceptZero')}`,
    estimate: (estimate) => shown(estimate, fixed),
    share: (estimate) =>
      shown(
        scaled(estimate, (share) => 100 * share),
        fixed,
        ' %',
      ),
    rise: (ratio) => {
      if (ratio.value >= LARGE_RATIO) {
        const { value, range } = shown(ratio, fixed);
        return { value: `× ${value}`, range: range && `× ${range}` };
      }
      const signed = (value: number, decimals: number): string => fixed(value, decimals, 'exceptZero');
      return shown(
        scaled(ratio, (value) => 100 * (value - 1)),
        signed,
        ' %',
      );
    },
    short,
    seconds: (value) => fixed(value, 1),
    date: (time) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(
        new Date(time),
      ),
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

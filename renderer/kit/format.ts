// Formats numbers for people, in the form of one locale. The texts around them come from i18n.

import { bytesFormat, bytesTicks } from '../../electron/contract/display-bytes.ts';

export type Format = ReturnType<typeof formatFor>;

/** Returns the formats of a locale. @param locale a BCP 47 tag, the interface's language */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the record's own types say it best
export function formatFor(locale: string) {
  const fixed = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const whole = fixed(0);
  const oneDecimal = fixed(1);
  const percentFormat = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const wholePercent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const shareFormat = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumSignificantDigits: 3,
    maximumSignificantDigits: 3,
  });
  const significant = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 });
  const scientific = new Intl.NumberFormat(locale, { notation: 'scientific', maximumFractionDigits: 2 });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const dayFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const unit = (name: string, digits = 0): Intl.NumberFormat =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const [seconds, minutes, hours] = [unit('second'), unit('minute'), unit('hour')];
  const tenths = unit('second', 1);

  /** Formats milliseconds in the largest suitable unit: "8 sec", "4 min", "2 hr 5 min". */
  const duration = (ms: number): string => {
    const total = Math.max(0, Math.round(ms / 1000));
    if (total < 60) return seconds.format(total);
    const wholeMinutes = Math.round(total / 60);
    if (wholeMinutes < 60) return minutes.format(wholeMinutes);
    const rest = wholeMinutes % 60;
    const hoursText = hours.format(Math.floor(wholeMinutes / 60));
    return rest === 0 ? hoursText : `${hoursText} ${minutes.format(rest)}`;
  };

  return {
    /** Formats an integer: 12345 → "12,345". */
    count: (value: number): string => whole.format(value),

    bytes: bytesFormat(locale),
    /** Formats sizes that stand side by side, so that they can be told apart. */
    sizes: (values: readonly number[], mostDecimals?: number): string[] => bytesTicks(locale, values, mostDecimals),

    /** Formats a size exactly, to show on hover: "9,412,345,678 B". */
    bytesExact: (value: number | bigint): string => `${whole.format(value)} B`,

    /** Formats tokens per second without the unit: one decimal below 100. */
    rate: (perSecond: number): string => (perSecond < 99.95 ? oneDecimal : whole).format(perSecond),

    /** Formats a share of 1 as "93.4%". */
    percent: (share: number): string => percentFormat.format(share),

    /** Formats a share of 1 as "93%", for axes. */
    percentWhole: (share: number): string => wholePercent.format(share),

    /** Formats a share of 1 that may be far below one percent: "0.263%". */
    share: (share: number): string => shareFormat.format(share),

    /** Formats a score, which can have any magnitude: four digits, or a power of ten where these would hide the value. */
    score: (value: number): string =>
      value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)
        ? scientific.format(value)
        : significant.format(value),

    /** @param digits the fixed number of decimals, so that columns align */
    decimal: (value: number, digits: number): string => fixed(digits).format(value).replace('-', '−'),

    duration,

    /** Formats an elapsed time, not a remaining one: "0.4 sec" where whole seconds would say little. */
    took: (ms: number): string => (ms < 9950 ? tenths.format(ms / 1000) : duration(ms)),

    /** Formats date and time. @param time milliseconds since 1970, or an ISO date */
    date: (time: number | string): string => dateTime.format(new Date(time)),
    day: (time: number | string): string => dayFormat.format(new Date(time)),
    /** Formats the time of day, or for any other day than today the date: "14:05", "2 Mar 2026". */
    when: (time: number): string =>
      dayFormat.format(time) === dayFormat.format(Date.now()) ? clock.format(time) : dayFormat.format(time),

    /** Joins a list: "a, b and c". */
    list: (items: readonly string[]): string => new Intl.ListFormat(locale, { type: 'conjunction' }).format(items),
  };
}

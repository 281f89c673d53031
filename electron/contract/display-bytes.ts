// Sizes of files and of memory in the form that people read: the same in the window, the reports and the command line.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** More decimals would tell nobody anything. */
const MOST_DECIMALS = 4;

/** Returns the power of 1000, chosen so that rounding never gives "1,000.0 MB". */
function pickUnit(bytes: number): number {
  return Math.max(
    0,
    UNITS.findLastIndex((_, i) => bytes >= 0.99995 * 1000 ** i),
  );
}

/**
 * Returns a function that writes sizes in powers of 1000 with one decimal, as file managers do: "9.4 GB"; bytes are
 * whole.
 * @param locale a BCP 47 tag
 */
export function bytesFormat(locale: string): (bytes: number) => string {
  // made at the first use: they account for a tenth of a worker's start
  let formats: { whole: Intl.NumberFormat; tenths: Intl.NumberFormat } | undefined;
  return (bytes) => {
    formats ??= {
      whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
      tenths: new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    };
    const power = pickUnit(bytes);
    return `${(power === 0 ? formats.whole : formats.tenths).format(bytes / 1000 ** power)} ${UNITS[power] ?? ''}`;
  };
}

/**
 * Writes sizes that stand side by side, all in the unit of the largest, with enough decimals to tell them apart.
 * @param locale a BCP 47 tag
 * @param mostDecimals the limit, no matter how close two sizes are
 */
export function bytesTicks(locale: string, sizes: readonly number[], mostDecimals = MOST_DECIMALS): string[] {
  const power = pickUnit(Math.max(...sizes));
  const different = new Set(sizes).size;
  const written = (digits: number): string[] => {
    const format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return sizes.map((size) => `${format.format(size / 1000 ** power)} ${UNITS[power] ?? ''}`);
  };
  for (let digits = power === 0 ? 0 : 1; digits < mostDecimals; digits++) {
    const ticks = written(digits);
    if (new Set(ticks).size === different) return ticks;
  }
  return written(mostDecimals);
}

/** Writes a size in English, for messages and the command line. */
export const displayBytes = bytesFormat('en');

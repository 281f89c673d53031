// Sizes of files and of memory as people read them: one form in the window, the reports and the command line.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** More tell nobody anything. */
const MOST_DECIMALS = 4;

/** @returns the power of 1000; never "1,000.0 MB" */
function unitOf(bytes: number): number {
  return Math.max(
    0,
    UNITS.findLastIndex((_, i) => bytes >= 0.99995 * 1000 ** i),
  );
}

/**
 * Writes sizes in powers of 1000 with one decimal, as file managers show them: "9.4 GB"; bytes are whole.
 * @param locale a BCP 47 tag
 */
export function bytesFormat(locale: string): (bytes: number) => string {
  // made at the first use: they take a tenth of a worker's start
  let formats: { whole: Intl.NumberFormat; tenths: Intl.NumberFormat } | undefined;
  return (bytes) => {
    formats ??= {
      whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
      tenths: new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    };
    const power = unitOf(bytes);
    return `${(power === 0 ? formats.whole : formats.tenths).format(bytes / 1000 ** power)} ${UNITS[power] ?? ''}`;
  };
}

/**
 * Sizes beside each other, all in the unit of the largest, with as many decimals as tell them apart.
 * @param locale a BCP 47 tag
 * @param mostDecimals however near two of them are
 */
export function bytesTicks(locale: string, sizes: readonly number[], mostDecimals = MOST_DECIMALS): string[] {
  const power = unitOf(Math.max(...sizes));
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

/** In English, as messages and the command line have it. */
export const displayBytes = bytesFormat('en');

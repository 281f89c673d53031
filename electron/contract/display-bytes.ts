// Sizes of files and of memory as people read them: one form in the window, the reports and the command line.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

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
    // never "1,000.0 MB"
    const power = Math.max(
      0,
      UNITS.findLastIndex((_, i) => bytes >= 0.99995 * 1000 ** i),
    );
    return `${(power === 0 ? formats.whole : formats.tenths).format(bytes / 1000 ** power)} ${UNITS[power] ?? ''}`;
  };
}

/** In English, as messages and the command line have it. */
export const displayBytes = bytesFormat('en');

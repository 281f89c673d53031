// Numbers as people of a language write them.

export type NumberFormats = {
  readonly whole: (value: number) => string;
  /** A size in GB or MB with one decimal, powers of 1000. */
  readonly bytes: (value: number) => string;
  /** A share of 1 as a percentage with one decimal. */
  readonly percent: (share: number) => string;
  /** Rounded to where the error has two digits: "4.31 ± 0.12". */
  readonly withError: (value: number, error: number) => string;
  readonly percentWithError: (share: number, error: number) => string;
  readonly short: (value: number) => string;
  readonly seconds: (value: number) => string;
  readonly date: (ms: number) => string;
};

/** Digits behind the point are cut here; a perfect agreement has no error that would say where to stop. */
const MOST_DECIMALS = 6;

/** @param language a tag that `Intl` takes */
export function numberFormats(language: string): NumberFormats {
  const fixed = (value: number, decimals: number): string =>
    new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
  const withError = (value: number, error: number): string => {
    const decimals = decimalsFor(error);
    return `${fixed(value, decimals)} ± ${fixed(error, decimals)}`;
  };
  return {
    whole: (value) => fixed(value, 0),
    bytes: (value) => (value >= 1e9 ? `${fixed(value / 1e9, 1)} GB` : `${fixed(value / 1e6, 1)} MB`),
    percent: (share) => `${fixed(100 * share, 1)} %`,
    withError,
    percentWithError: (share, error) => `${withError(100 * share, 100 * error)} %`,
    short: (value) => new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(value),
    seconds: (value) => fixed(value, 1),
    date: (ms) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(ms),
  };
}

function decimalsFor(error: number): number {
  if (!(error > 0)) return 2;
  return Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(error))));
}

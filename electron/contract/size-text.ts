// Sizes as people write them.

const SIZE = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:([kmgt])(i)?)?b?$/;
const PREFIXES = ['', 'k', 'm', 'g', 't'];

/**
 * Returns the bytes of a size such as "12GiB", "12.5 GB", "800M" or "123456". K, M, G and T stand for powers of 1000;
 * with an `i` behind them, for powers of 1024. Case does not matter. Fractions of a byte are dropped.
 * @returns null if the text is not a size
 */
export function bytesOfText(text: string): number | null {
  const [, number, prefix = '', binary] = SIZE.exec(text.trim().toLowerCase()) ?? [];
  const sizeBytes = Math.floor(
    Number(number ?? NaN) * (binary === undefined ? 1000 : 1024) ** PREFIXES.indexOf(prefix),
  );
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : null;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

function sizeText(bytes: number, round: (tenths: number) => number): string {
  const power = Math.max(
    0,
    UNITS.findLastIndex((_, i) => bytes >= 1000 ** i),
  );
  return `${round((10 * bytes) / 1000 ** power) / 10} ${UNITS[power]}`;
}

/** Returns a size that reads as at most this many bytes. */
export function sizeTextBelow(bytes: number): string {
  return sizeText(bytes, Math.floor);
}

/** Returns a size that reads as at least this many bytes. */
export function sizeTextAbove(bytes: number): string {
  return sizeText(bytes, Math.ceil);
}

// Sizes as people read them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** In powers of 1000 with one decimal, as file managers show them: "9.4 GB". */
export function displayBytes(bytes: number): string {
  const power = UNITS.findLastIndex((_, i) => bytes >= 0.99995 * 1000 ** i);
  const unit = Math.max(0, power);
  const value = (bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1).replace(/\.0$/, '');
  return `${value} ${UNITS[unit] ?? ''}`;
}

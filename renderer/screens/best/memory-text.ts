// A memory size as somebody types it, and as it is filled in.
import { bytesOfText } from '../../../electron/contract/size-text.ts';

/** Bytes of "10 MB", "12 GiB" or "12g", as the command line reads them; a bare number is of gigabytes. null: it is no size. */
export function memoryOfText(text: string): number | null {
  const typed = text
    .normalize('NFKC')
    .trim()
    .replace(/^(\d+),(\d+)/, '$1.$2');
  const bytes = bytesOfText(/^[\d.]+$/.test(typed) ? `${typed} GB` : typed);
  return bytes === null || bytes < 1 ? null : bytes;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Never more than the bytes: what is read here is what is asked for. */
export function textOfMemory(bytes: number): string {
  const power = Math.max(
    0,
    UNITS.findLastIndex((_, i) => bytes >= 1000 ** i),
  );
  const tenths = Math.floor((10 * bytes) / 1000 ** power);
  return `${tenths / 10} ${UNITS[power]}`;
}

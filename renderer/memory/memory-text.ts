// A memory size as somebody types it.
import { bytesOfText } from '../../electron/contract/size-text.ts';

/** Bytes of "10 MB", "12 GiB" or "12g", as the command line reads them; a bare number is of gigabytes. null: it is no size. */
export function memoryOfText(text: string): number | null {
  const typed = text
    .normalize('NFKC')
    .trim()
    .replace(/^(\d+),(\d+)/, '$1.$2');
  const bytes = bytesOfText(/^[\d.]+$/.test(typed) ? `${typed} GB` : typed);
  return bytes === null || bytes < 1 ? null : bytes;
}

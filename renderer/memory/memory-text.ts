// Reads a memory size that the user types.
import { bytesOfText } from '../../electron/contract/size-text.ts';

/** Returns the bytes of "10 MB", "12 GiB" or "12g", like the command line; a bare number means gigabytes. null: the text is not a size. */
export function memoryOfText(text: string): number | null {
  const typed = text
    .normalize('NFKC')
    .trim()
    .replace(/^(\d+),(\d+)/, '$1.$2');
  const bytes = bytesOfText(/^[\d.]+$/.test(typed) ? `${typed} GB` : typed);
  return bytes === null || bytes < 1 ? null : bytes;
}

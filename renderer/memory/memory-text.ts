// Reads a memory size that the user types.
import { bytesOfText } from '../../electron/contract/size-text.ts';

function asTyped(text: string): string {
  return text
    .normalize('NFKC')
    .trim()
    .replace(/^(\d+),(\d+)/, '$1.$2');
}

/** Returns the number if the text is one without a unit, in which case it could be of any; null: it is not. */
export function numberWithoutUnit(text: string): string | null {
  const typed = asTyped(text);
  return /^\d*\.?\d+$/.test(typed) ? typed : null;
}

/** Returns the bytes of "10 MB", "12 GiB" or "12g", like the command line. null: the text is not a size, or has no unit. */
export function memoryOfText(text: string): number | null {
  if (numberWithoutUnit(text) !== null) return null;
  const bytes = bytesOfText(asTyped(text));
  return bytes === null || bytes < 1 ? null : bytes;
}

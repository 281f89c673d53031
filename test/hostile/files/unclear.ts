// What every error must do, whatever the file: name it, and be read.
import type { WinnowError } from '../../../electron/contract/errors.ts';

/** Fits a dialog. */
const MAX_MESSAGE_CHARS = 2000;

/** What is wrong with the message, or null. @param path that it must name */
export function unclear({ message }: WinnowError, path: string): string | null {
  return message.includes(path) && message.length <= MAX_MESSAGE_CHARS
    ? null
    : `an unclear message: ${message.slice(0, 300)}`;
}

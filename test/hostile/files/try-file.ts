// Has Winnow read a file, and judges how that ends: it is read, or refused by an error that names it and can be read.
import { writeFileSync } from 'node:fs';
import { WinnowError } from '../../../electron/contract/errors.ts';
import type { Verdict } from '../target.ts';

/** Fits a dialog. */
const MAX_MESSAGE_CHARS = 2000;

/** What is wrong with the message, or null. @param path that it must name */
function unclear({ message }: WinnowError, path: string): string | null {
  const isClear = message.includes(path) && message.length <= MAX_MESSAGE_CHARS;
  return isClear ? null : `an unclear message: ${message.slice(0, 300)}`;
}

type Tried = {
  readonly kind: string;
  readonly path: string;
  /** Written there first. */
  readonly bytes: Buffer;
  readonly isSound: boolean;
  /** @returns what is wrong with what was read, or null */
  readonly read: () => Promise<string | null>;
};

/** @throws what is no WinnowError */
export async function tryFile({ kind, path, bytes, isSound, read }: Tried): Promise<Verdict> {
  writeFileSync(path, bytes);
  try {
    return { kind, end: 'read', finding: await read() };
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code === 'INTERNAL') throw error;
    const finding = isSound ? `refused what is sound: ${error.message}` : unclear(error, path);
    return { kind, end: error.code, finding };
  }
}

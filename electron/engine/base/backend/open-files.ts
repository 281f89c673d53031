// Whether this process may open as many files at once as a split model takes: llama.cpp holds all parts open for as long
// as the model is loaded, and when it runs out of file handles it only says that the file is not a model.
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { errnoOf } from '../files/errno.ts';

/** Files that others open meanwhile: drivers, logs. */
const OTHER_FILES = 8;

/**
 * Opens as many files as there are parts, and closes them again. Node raised the soft limit to the hard one when it started.
 * A worker may open as many as the process that started it.
 * @param parts of a model that will be loaded, or written and then loaded
 * @throws WinnowError FILE_UNREADABLE
 */
export function requireOpenFiles(parts: readonly string[]): void {
  const opened: number[] = [];
  try {
    while (opened.length < parts.length + OTHER_FILES) opened.push(openSync(devNull, 'r'));
  } catch (error) {
    if (!['EMFILE', 'ENFILE'].includes(errnoOf(error))) throw error;
    throw new WinnowError(
      'FILE_UNREADABLE',
      say('tooManyParts', { path: parts[0] ?? '', parts: parts.length, files: opened.length, limit: 2 * parts.length }),
      { parts: parts.length, files: opened.length },
      error,
    );
  } finally {
    opened.forEach((file) => closeSync(file));
  }
}

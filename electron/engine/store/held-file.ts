// On Windows, a program cannot learn when a process began, except through PowerShell, which takes a second and may be forbidden.
// So a process there holds a file that nobody else can open while it lives, and that the system removes however the process ends.
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from '../base/files/errno.ts';

// libuv's flags for files on Windows (docs.libuv.org/en/v1.x/fs.html, "File open constants"), which Node passes on
const EXCLUSIVE = 0x10000000;
const REMOVED_AT_CLOSE = 0x0040;

/**
 * Makes the file, and holds it until this process ends. Only for Windows.
 * @returns its path; undefined if none can be made
 */
export function holdFile(folder = tmpdir()): string | undefined {
  const path = join(folder, `winnow-${process.pid}-${randomUUID()}.held`);
  try {
    openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | EXCLUSIVE | REMOVED_AT_CLOSE, 0o600);
    return path;
  } catch {
    return undefined;
  }
}

/** Whether the process that made the file is alive; true if the system does not tell. */
export function isHeld(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return false;
  } catch (error) {
    return errnoOf(error) !== 'ENOENT';
  }
}

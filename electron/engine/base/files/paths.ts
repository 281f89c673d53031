// Paths: as they are shown to people, where they lead in the end, and the user's home folder.
import path, { basename, dirname, join, resolve } from 'node:path';
import { printableName } from '../../../contract/printable.ts';
import { homedir, userInfo } from 'node:os';
import { realpathSync } from 'node:fs';

/** A file's own name, on one line. */
export function displayNameOf(file: string): string {
  return printableName(path.basename(file));
}

/** The path with the user's home folder as "~", on one line and without characters that change the direction of writing. */
export function toDisplayPath(file: string, userFolder: string = userHomeFolder()): string {
  const relative = path.relative(userFolder, file);
  const inside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return printableName(inside ? path.join('~', relative) : file);
}

/** If HOME is empty, `homedir` returns an empty string, and data would go to whatever folder Winnow is started in. */
export function userHomeFolder(): string {
  return homedir() || userInfo().homedir;
}

/**
 * One path for one place, however it is reached: through links, junctions, a drive's second letter, a short name, or another
 * case on systems that ignore it. Only the part of the path that exists is resolved; the rest stays as it is.
 */
export function realPath(path: string): string {
  const whole = resolve(path);
  try {
    // Node's own implementation resolves only links
    return realpathSync.native(whole);
  } catch {
    return whole === dirname(whole) ? whole : join(realPath(dirname(whole)), basename(whole));
  }
}

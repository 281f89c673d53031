// Paths as they are shown to people.
import path from 'node:path';
import { printableName } from '../../../contract/printable.ts';
import { userHomeFolder } from './user-folder.ts';

/** A file's own name, on one line. */
export function displayNameOf(file: string): string {
  return printableName(path.basename(file));
}

/** The path with the user's home folder as "~", on one line and without characters that change the direction of writing. */
export function displayPathOf(file: string, userFolder: string = userHomeFolder()): string {
  const relative = path.relative(userFolder, file);
  const inside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return printableName(inside ? path.join('~', relative) : file);
}

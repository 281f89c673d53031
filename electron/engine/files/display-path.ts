// Paths as people read them.
import path from 'node:path';
import { userHomeFolder } from './user-folder.ts';

/** The path with the user's home folder as "~". */
export function displayPathOf(file: string, userFolder: string = userHomeFolder()): string {
  const relative = path.relative(userFolder, file);
  const inside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return inside ? path.join('~', relative) : file;
}

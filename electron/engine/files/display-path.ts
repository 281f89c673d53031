// Paths as people read them.
import { homedir } from 'node:os';
import path from 'node:path';

/** The path with the user's home folder as "~". */
export function displayPathOf(file: string, userFolder: string = homedir()): string {
  const relative = path.relative(userFolder, file);
  const inside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return inside ? path.join('~', relative) : file;
}

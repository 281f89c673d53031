// The file that an address of the page means. The folder holds no links: who can put one there can change Winnow itself.
import { join, sep } from 'node:path';

/**
 * @param path percent-encoded
 * @returns null: it is no path, or leads out of the folder
 */
export function pageFile(path: string, folder: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  const file = join(folder, decoded);
  return file.startsWith(folder + sep) && !file.includes('\0') ? file : null;
}

// The file behind an address of the page. The folder holds no links: anyone who could put one there could change Winnow itself.
import { join, sep } from 'node:path';

/**
 * Returns the path of the file behind an address.
 * @param path percent-encoded
 * @returns null: it is not a path, or leads out of the folder
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

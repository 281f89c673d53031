// Paths as llama.cpp opens them.
import { win32 } from 'node:path';

/** Windows opens longer paths only in another form (learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation). */
const LONGEST_ON_WINDOWS = 247;

/** @param path absolute; a path that already has the right form is returned unchanged */
export function nativePath(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' && path.length > LONGEST_ON_WINDOWS ? win32.toNamespacedPath(path) : path;
}

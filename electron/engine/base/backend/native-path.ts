// Paths as llama.cpp opens them.
import { win32 } from 'node:path';

/** Windows opens longer ones in another form alone (learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation). */
const LONGEST_ON_WINDOWS = 247;

/** @param path absolute; the same path again where it is already as it should be */
export function nativePath(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' && path.length > LONGEST_ON_WINDOWS ? win32.toNamespacedPath(path) : path;
}

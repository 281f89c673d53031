/** @returns the text with "-" in place of characters that file systems refuse, or that people do not expect in a name */
export function asFileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}

/** Returns the file name of a path of any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** @returns the text with what file systems do not take, or people do not expect, in a name replaced by "-" */
export function asFileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}

/** Of a path of any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

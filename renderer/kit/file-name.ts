/** @returns the text with what file systems do not take, or people do not expect, in a name replaced by "-" */
export function asFileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}

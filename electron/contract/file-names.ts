// Names that a page may give to files: to its uploads, and to files that it wants written.

/** The folder, in the user's home folder, for written files that nobody chose a place for. */
export const WRITTEN_FOLDER = 'Winnow';

/** In bytes of UTF-8, the limit of most file systems. */
const MAX_NAME_BYTES = 255;

/** Whether the text names a visible file directly in a folder. */
export function isFileName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > 0 && bytes <= MAX_NAME_BYTES && !name.startsWith('.') && !/[/\\\p{Cc}]/u.test(name);
}

/** Returns the first free name of "report.html", "report 2.html", … @param isTaken tells whether a name is taken */
export function freeFileName(name: string, isTaken: (name: string) => boolean): string {
  const { stem = name, ending = '' } = /^(?<stem>.+?)(?<ending>\.[^.]*)?$/s.exec(name)?.groups ?? {};
  let free = name;
  for (let n = 2; isTaken(free); n++) free = `${stem} ${n}${ending}`;
  return free;
}

/** Whether the name has one of the extensions. @param extensions without their dots */
export function hasExtension(name: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => name.toLowerCase().endsWith(`.${extension}`));
}

// Names that a page may give to files: of what it uploads, and of what it wants to be written.

/** In UTF-8, in most file systems. */
const MAX_NAME_BYTES = 255;

/** Whether it names a file in a folder, and none elsewhere or hidden. */
export function isFileName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > 0 && bytes <= MAX_NAME_BYTES && !name.startsWith('.') && !/[/\\\p{Cc}]/u.test(name);
}

/** "report.html", "report 2.html", … @param isTaken whether a name is */
export function freeFileName(name: string, isTaken: (name: string) => boolean): string {
  const { stem = name, ending = '' } = /^(?<stem>.+?)(?<ending>\.[^.]*)?$/s.exec(name)?.groups ?? {};
  let free = name;
  for (let n = 2; isTaken(free); n++) free = `${stem} ${n}${ending}`;
  return free;
}

/** @param extensions without their dots */
export function hasExtension(name: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => name.toLowerCase().endsWith(`.${extension}`));
}

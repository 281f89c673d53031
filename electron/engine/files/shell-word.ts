// Names as a shell takes them.

/** One word for a POSIX shell: quoted where it has to be. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command for this machine's own shell: on Windows names with blanks are quoted as its shells take them. */
export function commandText(words: readonly string[]): string {
  const word = process.platform === 'win32' ? windowsWord : shellWord;
  return words.map(word).join(' ');
}

function windowsWord(text: string): string {
  return /^[\w.:=@+,\\/-]+$/.test(text) ? text : `"${text}"`;
}

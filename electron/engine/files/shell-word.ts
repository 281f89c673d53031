// Names as a shell takes them.
import { printableName } from '../../contract/printable.ts';

/**
 * One word for a shell: quoted where it has to be. What cannot be printed is written as bash, zsh and ksh read it, so that the
 * word leads to the file when it is copied from a terminal.
 */
export function shellWord(text: string): string {
  if (printableName(text) !== text) return `$'${Array.from(text, escaped).join('')}'`;
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (printableName(character) === character) return character;
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** A command for this machine's own shell: on Windows names with blanks are quoted as its shells take them. */
export function commandText(words: readonly string[]): string {
  const word = process.platform === 'win32' ? windowsWord : shellWord;
  return words.map(word).join(' ');
}

function windowsWord(text: string): string {
  return /^[\w.:=@+,\\/-]+$/.test(text) ? text : `"${text}"`;
}

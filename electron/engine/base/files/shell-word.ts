// Names as a shell takes them: the only place that quotes what people paste.
//
// A command is written for one kind of shell, and pasted into any. In its own each word is exactly the name; in the others it may
// be another name, but it stays one word, and nothing in it is an order.
import { printableName } from '../../../contract/printable.ts';

/**
 * `posix`: bash, zsh and ksh; of others what only these can read is an error or another name. `fish`: fish alone, by its own
 * rules. `windows`: PowerShell, and what only that can read is another name to cmd.
 */
type Shell = 'posix' | 'fish' | 'windows';

const OWN_SHELL: Shell = process.platform === 'win32' ? 'windows' : 'posix';

/** Nowhere more than a letter: zsh looks up "=name", PowerShell makes a list of "a,b", and "~", "{" and "#" begin something. */
const PLAIN: Readonly<Record<Shell, RegExp>> = {
  posix: /^[\w./:@+-][\w./:=@+,-]*$/,
  fish: /^[\w./:@+-][\w./:=@+,-]*$/,
  windows: /^[\w./:\\-]+$/,
};

/** What a shell heeds between double quotes, one or the other; PowerShell takes typographic quotes for quotes. */
const HEEDED = /[$`"!%“”„]/;

/** A command for this machine's own shell, or for another one. */
export function commandText(words: readonly string[], shell: Shell = OWN_SHELL): string {
  return words.map((word) => shellWord(word, shell)).join(' ');
}

/** A file's name as a program takes it: none is one of its options. */
export function fileArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path;
}

/** One word, quoted where it has to be. */
export function shellWord(text: string, shell: Shell = OWN_SHELL): string {
  if (PLAIN[shell].test(text)) return text;
  if (shell === 'fish') return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
  if (!HEEDED.test(text) && printableName(text) === text && (shell === 'windows' || !text.includes('\\')))
    return `"${text}"`;
  return shell === 'windows' ? byNumber(text) : byOctal(text);
}

/** PowerShell's: what is heeded or cannot be printed stands there as the numbers of its units. */
function byNumber(text: string): string {
  const numbers = (character: string): string => character.replace(/[^]/g, (unit) => `$([char]${unit.charCodeAt(0)})`);
  const isShown = (character: string): boolean => !HEEDED.test(character) && printableName(character) === character;
  return `"${Array.from(text, (character) => (isShown(character) ? character : numbers(character))).join('')}"`;
}

/** `$'…'` with all but letters, digits and a few signs as bytes: without a quote, a blank or an order in it. */
function byOctal(text: string): string {
  const bytes = (character: string): string =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const isShown = (character: string): boolean => /^[\p{L}\p{N}_./:=@+,-]$/u.test(character);
  return `$'${Array.from(text, (character) => (isShown(character) ? character : bytes(character))).join('')}'`;
}

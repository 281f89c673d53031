// Quotes names for a shell: the only place that quotes what people paste.
//
// A command is written for one kind of shell, but may be pasted into any. In its own shell each word is exactly the name; in others
// it may be another name, but it stays one word, and nothing in it is executed.
import { printableName } from '../../../contract/printable.ts';

/**
 * `posix`: bash, zsh and ksh; in other shells, syntax that only these read is an error or another name. `windows`: PowerShell;
 * syntax that only PowerShell reads is another name in cmd.
 */
type Shell = 'posix' | 'windows';

const OWN_SHELL: Shell = process.platform === 'win32' ? 'windows' : 'posix';

/** Words without special characters: zsh looks up "=name", PowerShell makes a list of "a,b", and "~", "{" and "#" begin something. */
const PLAIN: Readonly<Record<Shell, RegExp>> = {
  posix: /^[\w./:@+-][\w./:=@+,-]*$/,
  windows: /^[\w./:\\-]+$/,
};

/** What either kind of shell interprets between double quotes; PowerShell treats typographic quotes as quotes. */
const HEEDED = /[$`"!%“”„]/;

/** A command for this machine's own shell, or for another one. */
export function commandText(words: readonly string[], shell: Shell = OWN_SHELL): string {
  return words.map((word) => shellWord(word, shell)).join(' ');
}

/** A file's name as an argument that no program takes for an option. */
export function fileArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path;
}

/** One word, quoted if necessary. */
export function shellWord(text: string, shell: Shell = OWN_SHELL): string {
  if (PLAIN[shell].test(text)) return text;
  if (!HEEDED.test(text) && printableName(text) === text && (shell === 'windows' || !text.includes('\\')))
    return `"${text}"`;
  return shell === 'windows' ? byNumber(text) : byOctal(text);
}

/** A word for PowerShell: characters that it interprets, or that cannot be printed, are written as the numbers of their UTF-16 units. */
function byNumber(text: string): string {
  const numbers = (character: string): string => character.replace(/[^]/g, (unit) => `$([char]${unit.charCodeAt(0)})`);
  const isShown = (character: string): boolean => !HEEDED.test(character) && printableName(character) === character;
  return `"${Array.from(text, (character) => (isShown(character) ? character : numbers(character))).join('')}"`;
}

/** `$'…'` with everything but letters, digits and a few signs as bytes: it contains no quote, blank or command. */
function byOctal(text: string): string {
  const bytes = (character: string): string =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const isShown = (character: string): boolean => /^[\p{L}\p{N}_./:=@+,-]$/u.test(character);
  return `$'${Array.from(text, (character) => (isShown(character) ? character : bytes(character))).join('')}'`;
}

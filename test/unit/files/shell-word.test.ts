// Words are read back by the shells themselves where this machine has them, and by readers of the rules of Windows' shells.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printableName } from '../../../electron/contract/printable.ts';
import { commandText, fileArgument, shellWord } from '../../../electron/engine/base/files/shell-word.ts';

const NAMES = [
  'plain.gguf',
  'two words (1).gguf',
  "it's a model",
  'a\nb',
  "tab\t'quoted'\\",
  'esc\u001b[2J',
  'turned\u202egnp.日本語',
  'line\u2028end',
  '$(touch run).gguf',
  '`touch run`.gguf',
  '"; touch run; "',
  "'; touch run; '",
  "\\'; touch run; \\'",
  "\n\\';touch run;\\'",
  '’; touch run; ’',
  '”; touch run; “',
  'a & touch run & b',
  'a | touch run',
  '%PATH%^&touch run',
  '!touch!',
  '=touch',
  '~root',
  '{a,b}*?[c]#d',
  '-rf',
  '\\',
  '',
  '👩‍💻 model',
];

type Run = { readonly text: string; readonly ran: readonly string[] };

/** @returns what the shell takes the word for, and what it did beside that; null: there is no such shell */
function readBy(shell: readonly [string, ...string[]], word: string): Run | null {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-shell-'));
  try {
    const { status, error, stdout } = spawnSync(shell[0], [...shell.slice(1), '-c', `printf '<%s>' ${word}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    return error ? null : { text: status === 0 ? stdout : 'refused', ran: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(process.platform === 'win32')('one word for POSIX shells', () => {
  test.each(NAMES)('%j is read back, and nothing of it is unprintable', (name) => {
    const word = shellWord(name, 'posix');
    expect(printableName(word)).toBe(word);
    for (const shell of ['bash', 'zsh', 'ksh', 'mksh'])
      expect(readBy([shell], word) ?? { text: `<${name}>`, ran: [] }, shell).toEqual({ text: `<${name}>`, ran: [] });
  });

  test.each(NAMES)('%j is no order in a shell that it is not for', (name) => {
    const word = shellWord(name, 'posix');
    for (const shell of [['dash'], ['fish', '--no-config']] as const)
      expect(readBy(shell, word)?.ran ?? [], shell[0]).toEqual([]);
    expect(ordersToPowerShell(word)).toBe(false);
    expect(ordersToCmd(word)).toBe(false);
  });
});

/** PowerShell's expandable string without variables (about_Quoting_Rules); null: it is more, or something else. */
function readByPowerShell(word: string): string | null {
  if (/^[\w./:\\-]+$/.test(word)) return word;
  const inside = /^"([^"“”„`]*)"$/.exec(word)?.[1];
  if (inside === undefined) return null;
  const text = inside.replaceAll(/\$\(\[char\](\d+)\)/g, (_, unit: string) => String.fromCharCode(Number(unit)));
  return inside.replaceAll(/\$\(\[char\]\d+\)/g, '').includes('$') ? null : text;
}

/** Whether something stands outside of quotes that separates, groups or expands; a single quote lasts to the next of any form. */
function ordersToPowerShell(word: string): boolean {
  const outside = word.replace(/['‘’‚‛][^'‘’‚‛]*['‘’‚‛]|["“”„][^"“”„`$]*["“”„]/g, ' ');
  return /[;&|(){}<>`"'“”„‘’‚‛\n]|\$\w/.test(outside);
}

/** Only a double quote quotes; a percent sign expands within it, too. */
function ordersToCmd(word: string): boolean {
  const outside = word.replace(/"[^"\n]*"/g, ' ');
  return /[&|<>^"\n]/.test(outside) || word.includes('%');
}

describe('one word for Windows', () => {
  test.each(NAMES)('%j is PowerShell’s name for it, and no order to cmd', (name) => {
    const word = shellWord(name, 'windows');
    expect(printableName(word)).toBe(word);
    expect(readByPowerShell(word)).toBe(name);
    expect(ordersToCmd(word)).toBe(false);
  });

  test('a usual path is quoted as both shells take it', () => {
    expect(shellWord(String.raw`C:\models\a.gguf`, 'windows')).toBe(String.raw`C:\models\a.gguf`);
    expect(shellWord(String.raw`C:\my models\it's.gguf`, 'windows')).toBe(String.raw`"C:\my models\it's.gguf"`);
  });
});

test('a file’s name is never one of a program’s options', () => {
  expect(fileArgument('-o.gguf')).toBe('./-o.gguf');
  expect(commandText(['rm', fileArgument('--help'), fileArgument('a b')], 'posix')).toBe('rm ./--help "a b"');
});

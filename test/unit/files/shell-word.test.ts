import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { printableName } from '../../../electron/contract/printable.ts';
import { shellWord } from '../../../electron/engine/files/shell-word.ts';

test
  .skipIf(process.platform === 'win32')
  .each([
    'plain.gguf',
    "it's a model",
    'a\nb',
    "tab\t'quoted'\\",
    'esc\u001b[2J',
    'turned\u202egnp.日本語',
    'line\u2028end',
  ])('%j is one word that a shell reads back, and nothing of it is unprintable', (name) => {
  const word = shellWord(name);
  expect(printableName(word)).toBe(word);
  expect(execFileSync('bash', ['-c', `printf %s ${word}`], { encoding: 'utf8' })).toBe(name);
});

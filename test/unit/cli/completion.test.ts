// Asks bash itself what it completes.
import { execFileSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { commandTree } from '../../../electron/cli/command-line.ts';
import { completionScript } from '../../../electron/cli/completion.ts';
import { Output } from '../../../electron/cli/output.ts';
import { Engine } from '../../../electron/engine/engine.ts';

const engine = new Engine({ home: '/nowhere' });
const tree = commandTree({ engine, output: new Output(false), signal: new AbortController().signal }, '0.0.0');
afterAll(() => engine.close());

/** What bash offers for the last of the words. */
function completed(...words: string[]): string[] {
  const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _winnow; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const script = `${completionScript('bash', tree)}\n${ask}`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

test.each([
  ['a command', ['winnow', 'sco'], ['score']],
  ['an option of it', ['winnow', 'score', 'model.gguf', '--dem'], ['--demos']],
  ['a choice', ['winnow', 'score', 'model.gguf', '--criterion', 're'], ['reap']],
  ['an argument of few words', ['winnow', 'completion', 'f'], ['fish']],
  ['the name of a file: nothing, so that bash looks for files', ['winnow', 'score', 'mod'], []],
  ['an option of another command: nothing', ['winnow', 'runs', '--dem'], []],
])('completes %s', (_, words, expected) => {
  expect(completed(...words)).toEqual(expected);
});

test('hidden options and old names are not offered', () => {
  expect(completed('winnow', '')).not.toContain('demo');
  expect(completed('winnow', 'score', '--p')).toEqual(['--per-demo']);
});

test('every visible option of every command is offered, in fish too', () => {
  const fish = completionScript('fish', tree);
  for (const command of tree.commands) {
    for (const option of command.options.filter(({ hidden }) => !hidden)) {
      const flag = option.long ?? '';
      expect(completed('winnow', command.name(), flag), `${command.name()} ${flag}`).toContain(flag);
      expect(fish).toContain(`from ${command.name()}' -l ${flag.slice(2)}`);
    }
  }
});

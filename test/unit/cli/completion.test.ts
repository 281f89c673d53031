// Asks bash itself what it completes.
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { commandTree } from '../../../electron/cli/command-line.ts';
import { completionScript } from '../../../electron/cli/completion.ts';
import { openContext } from '../../../electron/cli/context.ts';
import { Output } from '../../../electron/cli/output.ts';

const context = openContext({ home: '/nowhere', output: new Output(false), signal: new AbortController().signal });
const tree = commandTree(context, '0.0.0');
afterAll(() => context.close());

/** What bash offers for the last of the words of each line. */
function completedEach(lines: readonly (readonly string[])[]): string[][] {
  const asks = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _winnow; ` +
      `printf '%s ' "\${COMPREPLY[@]}"; echo`,
  );
  const script = [completionScript('bash', tree), ...asks].join('\n');
  const offers = execFileSync('bash', ['-s'], { input: script, encoding: 'utf8' }).trimEnd().split('\n');
  return offers.map((offered) => offered.split(' ').filter(Boolean));
}

const completed = (...words: string[]): string[] => completedEach([words])[0] ?? [];

// Windows does not bring it
describe.skipIf(process.platform === 'win32')('bash', () => {
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

  test('hidden options are not offered', () => {
    expect(completed('winnow', '')).not.toContain('demo');
    expect(completed('winnow', 'score', '--p')).toEqual(['--per-demo']);
  });

  test('every visible option of every command is offered, in fish too', () => {
    const fish = completionScript('fish', tree);
    const flags = tree.commands.flatMap((command) =>
      command.options.flatMap(({ hidden, long }) => (hidden ? [] : [{ command: command.name(), flag: long ?? '' }])),
    );
    const offers = completedEach(flags.map(({ command, flag }) => ['winnow', command, flag]));
    expect(offers.length).toBe(flags.length);
    for (const [i, { command, flag }] of flags.entries()) {
      expect(offers[i], `${command} ${flag}`).toContain(flag);
      expect(fish).toContain(`from ${command}' -l ${flag.slice(2)}`);
    }
  });
});

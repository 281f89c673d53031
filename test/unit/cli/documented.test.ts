// docs/COMMAND_LINE.md holds the help of every command, word for word: no command and no option without its documentation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { commandTree } from '../../../electron/cli/command-line.ts';
import { Output } from '../../../electron/cli/output.ts';
import { Engine } from '../../../electron/engine/app/engine.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/COMMAND_LINE.md');
const WIDTH = 110;

const INTRODUCTION = `# The command line

Every command with its options, as \`winnow COMMAND --help\` prints them. From a checkout \`winnow\` is \`npm run -s winnow --\`.
[README.md](../README.md#from-the-command-line) shows the usual way from a model to a smaller one, and
[ARCHITECTURE.md](ARCHITECTURE.md#words) says what each word means.

\`--json\` on any command prints one JSON document on stdout and nothing else; progress, notes and warnings go to stderr.
The exit code is 0 for success, 2 for bad usage, and 1 for a failure that says what and why; under \`--json\` the document is
then \`{"error": {"code", "message", "details"}}\`. A command that a signal cut off ends with 128 and the signal's number: 130 by Ctrl+C, 143
by SIGTERM, 129 by SIGHUP; one whose reader left before it was done (\`| head\`) with 141, quietly. Where standard output cannot be written, as
on a full disk, the exit code is 1. What was finished is kept in each case. In names that are printed, line ends, escape sequences and marks
that turn the direction of writing are replaced by �; \`--json\` gives their numbers, so that what reads it has the names as they are.

Old names work for one more release, with a note on stderr: \`winnow demo\` is now \`winnow tour\`, \`winnow plans\` is
\`winnow selections\`, \`score --plan\` is \`score --estimate\`, \`report --plan\` is \`report --selection\`, and \`select --drop\` is
\`select --forbid\`.
`;

const engine = new Engine({ home: '/nowhere' });
const tree = commandTree({ engine, output: new Output(false), signal: new AbortController().signal }, '0.0.0');
afterAll(() => engine.close());

/** The commands that do something, with the words that call them. */
function* commandsOf(command: Command, name: string): Generator<[string, Command]> {
  yield [name, command];
  for (const child of command.commands) yield* commandsOf(child, `${name} ${child.name()}`);
}

function helpOf(command: Command): string {
  let help = '';
  command.configureHelp({ helpWidth: WIDTH }).configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return help.trim();
}

test('every command and option is documented', async () => {
  const parts = [...commandsOf(tree, 'winnow')].map(
    ([name, command]) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  );
  const page = [INTRODUCTION, ...parts].join('\n');
  // after a change: npx vitest run --project unit test/unit/cli/documented.test.ts -u
  await expect(page).toMatchFileSnapshot(PAGE);
});

test('README names every command', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const unnamed = tree.commands
    .map((command) => command.name())
    .filter((name) => !readme.includes(`\`${name}`) && !readme.includes(` ${name}`));
  expect(unnamed).toEqual([]);
});

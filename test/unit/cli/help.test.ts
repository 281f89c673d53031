// What the help shows: options under headings, and no help for a command that there is not.
import { expect, test } from 'vitest';
import { commandTree, runCommandLine } from '../../../electron/cli/command-line.ts';
import { openContext } from '../../../electron/cli/context.ts';
import { Output } from '../../../electron/cli/output.ts';

const context = openContext({ home: '/nowhere', output: new Output(false), signal: new AbortController().signal });
const tree = commandTree(context, '0.0.0');

/** The most that one looks through at once. */
const MOST_IN_A_GROUP = 17;

test.each(
  tree.commands.filter(({ options }) => options.length > 12).map((command) => [command.name(), command] as const),
)('%s says under headings what it takes', (_name, command) => {
  const groups = Map.groupBy(
    command.options.filter(({ hidden }) => !hidden),
    ({ helpGroupHeading }) => helpGroupHeading ?? 'Options:',
  );
  expect(groups.size).toBeGreaterThanOrEqual(4);
  for (const [heading, options] of groups) expect(options.length, heading).toBeLessThanOrEqual(MOST_IN_A_GROUP);
  const help = command.helpInformation();
  const places = ['What:', 'Where to:', 'How:', 'Machine:', 'Options:'].map((heading) =>
    help.indexOf(`\n${heading}\n`),
  );
  const there = places.filter((place) => place >= 0);
  expect(there).toEqual(there.toSorted((a, b) => a - b));
  expect(there.length).toBeGreaterThanOrEqual(4);
});

test.each([[['nope', '--help']], [['help', 'nope']], [['nope', '-h']], [['--json', 'nope', '--help']], [['nope']]])(
  '%j is an error',
  async (args) => {
    expect(await runCommandLine(args, context)).toBe(2);
  },
);

test.each([[['--help']], [['help']], [['score', '--help']], [['help', 'score']], [['--version']]])(
  '%j is none',
  async (args) => {
    expect(await runCommandLine(args, context)).toBe(0);
  },
);

// docs/COMMAND_LINE.md has a section for every command, and speaks of no flags that it does not have.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { commandTree } from '../../../electron/cli/command-line.ts';
import { openContext } from '../../../electron/cli/context.ts';
import { Output } from '../../../electron/cli/output.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/COMMAND_LINE.md');

const context = openContext({ home: '/nowhere', output: new Output(false), signal: new AbortController().signal });
const tree = commandTree(context, '0.0.0');
afterAll(() => context.close());

/** The commands, with the words that call them. */
function* commandsOf(command: Command, name: string): Generator<[string, Command]> {
  yield [name, command];
  for (const child of command.commands) yield* commandsOf(child, `${name} ${child.name()}`);
}

const COMMANDS = new Map(commandsOf(tree, 'winnow'));

test('every command has a section, and every one prints JSON', () => {
  const headings = [...readFileSync(PAGE, 'utf8').matchAll(/^##+ (.+)$/gm)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  const named = [...COMMANDS.keys()].flatMap((name) => (name === 'winnow' ? [] : [name.replace('winnow ', '')]));
  expect(named.filter((name) => !headings.includes(name))).toEqual([]);
  expect([...COMMANDS.values()].filter(({ options }) => !options.some(({ long }) => long === '--json'))).toEqual([]);
});

/** The flags in a text that its command does not have. @param about the commands that a flag without one is of */
function strangeFlags(text: string, about: readonly Command[]): string[] {
  const [first = '', second] = text.replace(/^winnow /, '').split(' ');
  const named = COMMANDS.get(`winnow ${first} ${second}`) ?? COMMANDS.get(`winnow ${first}`);
  if (named === undefined && !text.startsWith('-')) return []; // of another program
  const commands = named === undefined ? about : [named];
  return [...text.matchAll(/(?<![\w-])--?[A-Za-z][\w-]*/g)]
    .map(([flag]) => flag)
    .filter((flag) => flag !== '--help')
    .filter(
      (flag) => !commands.some(({ options }) => options.some(({ long, short }) => flag === long || flag === short)),
    );
}

test('the page speaks of no flag that a command does not have', () => {
  const page = readFileSync(PAGE, 'utf8');
  const sections = page.split(/^##+ /m).map((section) => {
    const heading = section.slice(0, section.indexOf('\n'));
    const about = heading.split(', ').flatMap((name) => COMMANDS.get(`winnow ${name}`) ?? []);
    return { heading, section, about: about.length > 0 ? about : [...COMMANDS.values()] };
  });
  expect(sections.length).toBeGreaterThan(COMMANDS.size / 2);
  const strange = sections.flatMap(({ heading, section, about }) => {
    const examples = [...section.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, lines = '']) => lines.trim().split('\n'));
    const spans = [...section.replace(/```[^`]*```/g, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
    return [...examples.filter((line) => line.startsWith('winnow')), ...spans]
      .flatMap((text) => strangeFlags(text, about))
      .map((flag) => `${heading}: ${flag}`);
  });
  expect(strange).toEqual([]);
});

test('README names every command', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const unnamed = tree.commands
    .map((command) => command.name())
    .filter((name) => !readme.includes(`\`${name}`) && !readme.includes(` ${name}`));
  expect(unnamed).toEqual([]);
});

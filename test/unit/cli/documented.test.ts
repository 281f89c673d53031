// docs/COMMAND_LINE.md lists the flags of every command, as the program has them, and speaks of no others.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, type Option } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { commandTree } from '../../../electron/cli/command-line.ts';
import { addLimitOptions, addPlacementOptions } from '../../../electron/cli/options.ts';
import { openContext } from '../../../electron/cli/context.ts';
import { Output } from '../../../electron/cli/output.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/COMMAND_LINE.md');
const WIDTH = 110;

const context = openContext({ home: '/nowhere', output: new Output(false), signal: new AbortController().signal });
const tree = commandTree(context, '0.0.0');
afterAll(() => context.close());

/** The commands, with the words that call them. */
function* commandsOf(command: Command, name: string): Generator<[string, Command]> {
  yield [name, command];
  for (const child of command.commands) yield* commandsOf(child, `${name} ${child.name()}`);
}

const COMMANDS = new Map(commandsOf(tree, 'winnow'));
/** Flags that many commands share stand on the page once, under a name. */
const SHARED = new Map([
  ['PLACEMENT', addPlacementOptions(new Command()).options],
  ['LIMIT', addLimitOptions(new Command()).options],
]);

/** Such as `-o, --output <file>`, or `--gpu auto|off`: what can be chosen in the place of the argument's name. */
function spelled({ flags, argChoices }: Option): string {
  return argChoices === undefined ? flags : flags.replace(/[<[].*[>\]]$/, argChoices.join('|'));
}

const isSame = (one: Option, other: Option): boolean =>
  one.flags === other.flags && one.description === other.description && spelled(one) === spelled(other);

/** A name and its flags, in lines of the page's width. */
function listed(name: string, words: readonly string[]): string {
  const lines = [name];
  for (const word of words) {
    const longer = `${lines.at(-1)}  ${word}`;
    if (lines.length > 1 && longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines.join('\n');
}

/** What a command takes. `--json` is said once of all. */
function taken(name: string, command: Command): string {
  let own = command.options.filter((option) => !option.hidden && (command === tree || option.long !== '--json'));
  const shared: string[] = [];
  for (const [group, options] of SHARED) {
    if (!options.every((option) => own.some((one) => isSame(one, option)))) continue;
    own = own.filter((one) => !options.some((option) => isSame(one, option)));
    shared.push(group);
  }
  const values =
    command.commands.length > 0
      ? ['COMMAND']
      : command.registeredArguments.map((argument) => `<${argument.argChoices?.join('|') ?? argument.name()}>`);
  return listed([name, ...values].join(' '), [...own.map(spelled), ...shared]);
}

const LISTS = new Map([
  ...[...SHARED].map(([name, options]) => [name, listed(name, options.map(spelled))] as const),
  ...[...COMMANDS].map(([name, command]) => [name, taken(name, command)] as const),
]);

/** A list on the page, which begins with its name. */
const LIST = /```text\n(winnow(?: [a-z]+(?:-[a-z]+)*)*|[A-Z]+)\b[^`]*```/g;

test('the page lists the flags of every command, and of nothing else', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect([...page.matchAll(LIST)].map(([, name]) => name).toSorted()).toEqual([...LISTS.keys()].toSorted());
  expect([...COMMANDS.values()].filter(({ options }) => !options.some(({ long }) => long === '--json'))).toEqual([]);

  // after a change: npx vitest run --project unit test/unit/cli/documented.test.ts -u
  const current = page.replace(LIST, (_, name: string) => `\`\`\`text\n${LISTS.get(name)}\n\`\`\``);
  await expect(current).toMatchFileSnapshot(PAGE);
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
  const page = readFileSync(PAGE, 'utf8').replaceAll(LIST, '');
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

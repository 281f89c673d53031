// Names that have changed: the old ones still work for one release, with a note on stderr.
import { Option, type Command } from 'commander';
import type { Output } from './output.ts';

const OLD_COMMANDS: Readonly<Partial<Record<string, string>>> = { demo: 'tour', plans: 'selections' };

/**
 * Replaces an old name of a command.
 * @param args what the user typed after "winnow"
 * @returns the arguments with today's name of the command
 */
export function withNewCommand(args: readonly string[], output: Output): string[] {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const old = args[at] ?? '';
  const now = Object.hasOwn(OLD_COMMANDS, old) ? OLD_COMMANDS[old] : undefined;
  if (now === undefined) return [...args];
  output.note(renamed(`winnow ${old}`, `winnow ${now}`));
  return args.with(at, now);
}

/**
 * Also lets a command accept an option by its old name, which the help does not list.
 * @param now today's long flag, such as "--estimate"
 */
export function addOldOption(command: Command, old: Option, now: string, output: Output): void {
  command.addOption(old.hideHelp()).on(`option:${old.name()}`, () => {
    output.note(renamed(old.long ?? '', now));
    command.setOptionValue(new Option(now).attributeName(), command.getOptionValue(old.attributeName()));
  });
}

function renamed(old: string, now: string): string {
  return `note: ${old} is now called ${now}; the old name goes with the next release`;
}

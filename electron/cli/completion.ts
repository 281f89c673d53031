// Scripts with which a shell completes commands, options and choices: generated from the command tree, so that none is missing.
import type { Command, Option } from 'commander';
import { shellWord } from '../engine/base/files/shell-word.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Returns the script for the shell, to use with `source <(winnow completion bash)` or in the shell's folder of completions. */
export function completionScript(shell: Shell, program: Command): string {
  if (shell === 'fish') return fishScript(program);
  const script = bashScript(program);
  // zsh reads completions of bash through a module of its own
  return shell === 'zsh' ? `autoload -Uz compinit bashcompinit && compinit && bashcompinit\n${script}` : script;
}

/** The shell completes file names if the function finds nothing. */
function bashScript(program: Command): string {
  const commands = commandsOf(program);
  const words = (all: readonly string[]): string =>
    `COMPREPLY=($(compgen -W ${shellWord(all.join(' '), 'posix')} -- "$current"))`;
  const choices = commands.flatMap((command) =>
    optionsOf(command).flatMap((option) =>
      (option.argChoices ?? []).length === 0
        ? []
        : flagsOf(option).map(
            (flag) =>
              `    ${shellWord(`${command.name()} ${flag}`, 'posix')}) ${words(option.argChoices ?? [])}; return ;;`,
          ),
    ),
  );
  const named = commands.flatMap((command) => {
    const values = valuesOf(command, program);
    return values.length === 0 ? [] : [`      ${command.name()}) ${words(values)} ;;`];
  });
  return `_winnow() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    ${words([...commands.map((command) => command.name()), ...optionsOf(program).flatMap(flagsOf)])}
    return
  fi
  case "$command $previous" in
${choices.join('\n')}
  esac
  case "$current" in
    -*) case "$command" in
${commands.map((command) => `      ${command.name()}) ${words(optionsOf(command).flatMap(flagsOf))} ;;`).join('\n')}
    esac ;;
    *) case "$command" in
${named.join('\n')}
    esac ;;
  esac
}
complete -o default -F _winnow winnow
`;
}

const fishWord = (text: string): string => shellWord(text, 'fish');

function fishScript(program: Command): string {
  const commands = commandsOf(program);
  const names = commands.map((command) => command.name()).join(' ');
  const of = (condition: string, option: Option): string => {
    const flags = [option.long && `-l ${option.long.slice(2)}`, option.short && `-s ${option.short.slice(1)}`];
    const value = option.argChoices ? ` -x -a ${fishWord(option.argChoices.join(' '))}` : option.required ? ' -r' : '';
    return `complete -c winnow -n ${fishWord(condition)} ${flags.filter(Boolean).join(' ')}${value} -d ${fishWord(option.description)}`;
  };
  const none = `not __fish_seen_subcommand_from ${names}`;
  return [
    ...commands.map(
      (command) =>
        `complete -c winnow -n ${fishWord(none)} -f -a ${command.name()} -d ${fishWord(command.description())}`,
    ),
    ...optionsOf(program).map((option) => of(none, option)),
    ...commands.flatMap((command) => {
      const values = valuesOf(command, program);
      return values.length === 0
        ? []
        : [`complete -c winnow -n '__fish_seen_subcommand_from ${command.name()}' -f -a ${fishWord(values.join(' '))}`];
    }),
    ...commands.flatMap((command) =>
      optionsOf(command).map((option) => of(`__fish_seen_subcommand_from ${command.name()}`, option)),
    ),
    '',
  ].join('\n');
}

function commandsOf(program: Command): readonly Command[] {
  return program.createHelp().visibleCommands(program);
}

function optionsOf(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

/** The values that an argument of the command can have, if they are a few words. */
function valuesOf(command: Command, program: Command): readonly string[] {
  if (command.name() === 'help') return program.commands.map((named) => named.name());
  return command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined);
}

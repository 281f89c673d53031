// winnow completion SHELL
import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import type { Context } from '../context.ts';

/** Adds `winnow completion`. */
export function addCompletion(program: Command, context: Context): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and choices')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(winnow completion bash)        in ~/.bashrc, or ~/.zshrc with "zsh"
  winnow completion fish > ~/.config/fish/completions/winnow.fish`,
    )
    .action((shell: Shell) => {
      const script = completionScript(shell, program);
      context.output.result({ shell, script }, script);
    });
}

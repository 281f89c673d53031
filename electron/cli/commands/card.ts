// winnow card --file pruned.gguf
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addSubjectOptions, chosenSubject, type SubjectFlags } from '../subject-options.ts';
import { printableName } from '../../contract/printable.ts';

type Flags = SubjectFlags & {
  readonly output?: string;
  readonly force: boolean;
};

/** Adds `winnow card`. */
export function addCard(program: Command, context: Context): void {
  const command = program
    .command('card')
    .description('write the model card of a pruned file, in the form that model hubs expect');
  addSubjectOptions(command)
    .option('-o, --output <file>', 'the card: Markdown (default: NAME.README.md next to the file)')
    .option('--force', 'overwrite an existing card', false)
    .addHelpText(
      'after',
      `
The card says what was kept, how it was chosen, what that costs as far as it was measured, how to run the file,
and how to make it again. It gives the number and the hash of the demos, not their text. Rename it to README.md
when you publish it, and add what the file does not say: the base model's name on the hub, and its licence.

Example:
  winnow card --file pruned.gguf`,
    )
    .action(async (flags: Flags) => {
      const { displayPath: card } = await context.call('exports.card', {
        subject: chosenSubject(flags, context),
        target: context.toWrite(flags.output),
        overwrite: flags.force,
      });
      context.output.result({ card }, printableName(card));
    });
}

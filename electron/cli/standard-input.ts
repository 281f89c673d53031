// "-" as the name of an input file stands for standard input.
import type { Command } from 'commander';
import { spool } from '../engine/store/spool.ts';
import { usage } from './output.ts';
import type { Context } from './context.ts';

/** The options that name input files; a model is too large to be piped in. */
const READ = ['demos', 'scores', 'text', 'prompts', 'choice'] as const;

/**
 * Replaces each "-" by a file that holds all of standard input.
 * @throws WinnowError USAGE: "-" is given twice; and as `spool`
 */
export async function takeStandardInput(command: Command, { engineContext, output, signal }: Context): Promise<void> {
  const asking = READ.flatMap((name) => {
    const value: unknown = command.getOptionValue(name);
    const files: readonly unknown[] = Array.isArray(value) ? value : [value];
    return files.filter((file) => file === '-').map(() => ({ name, value, files }));
  });
  const [asked] = asking;
  if (!asked) return;
  if (asking.length > 1) throw usage('Standard input can be read once: give "-" for one file only.');
  if (process.stdin.isTTY) output.note('reading standard input; Ctrl+D ends it');
  const path = await spool(process.stdin, { folder: engineContext.scratchDir, name: 'stdin', signal });
  const replaced = asked.files.map((file) => (file === '-' ? path : file));
  command.setOptionValue(asked.name, Array.isArray(asked.value) ? replaced : replaced[0]);
}

// `--threads`, for every command that has it.
import type { Command } from 'commander';
import { inEnglish } from '../contract/sentences.ts';
import { threadsHere } from '../engine/models/placement/threads.ts';
import type { Context } from './context.ts';

/** Lowers a number of threads that is larger than the machine can use, and says so. */
export function capThreads(command: Command, { output }: Context): void {
  const asked: unknown = command.getOptionValue('threads');
  if (typeof asked !== 'number') return;
  command.setOptionValue(
    'threads',
    threadsHere(asked, (capped) => output.warn(inEnglish(capped))),
  );
}

// Selects the selection or file that a report, a model card or a recipe is about.
import type { Command } from 'commander';
import type { Subject } from '../contract/api/common.ts';
import type { Context } from './context.ts';
import { wholeNumber } from './options.ts';
import { usage } from './output.ts';

export type SubjectFlags = {
  readonly run?: number;
  readonly selection?: number;
  readonly file?: string;
};

/** Adds `--run`, `--selection` and `--file`. */
export function addSubjectOptions(command: Command): Command {
  return command
    .option('--run <id>', 'the newest selection made from the scores of this run', wholeNumber(1))
    .option('--selection <id>', 'this selection of experts', wholeNumber(1))
    .option('--file <pruned>', 'this pruned file (default: what was selected or written last)');
}

/** Returns the selection or file that the flags name. @throws WinnowError USAGE: more than one is named */
export function chosenSubject({ run, selection, file }: SubjectFlags, { toRead }: Context): Subject {
  const subjects: Subject[] = [
    ...(run === undefined ? [] : [{ kind: 'run', runId: run } as const]),
    ...(selection === undefined ? [] : [{ kind: 'selection', selectionId: selection, exportId: null } as const]),
    ...(file === undefined ? [] : [{ kind: 'file', grant: toRead(file) } as const]),
  ];
  if (subjects.length > 1) throw usage('Name only one of --run, --selection and --file.');
  return subjects[0] ?? { kind: 'newest' };
}

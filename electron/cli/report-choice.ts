// Which selection or file a report, a model card or a recipe is of.
import type { Command } from 'commander';
import type { ReportChoice } from '../engine/report/subject.ts';
import { wholeNumber } from './options.ts';
import { usage } from './output.ts';

export type ReportChoiceFlags = {
  readonly run?: number;
  readonly selection?: number;
  readonly file?: string;
};

/** Adds `--run`, `--selection` and `--file`. */
export function addReportChoice(command: Command): Command {
  return command
    .option('--run <id>', 'the newest selection from the scores of this run', wholeNumber(1))
    .option('--selection <id>', 'this selection of experts', wholeNumber(1))
    .option('--file <pruned>', 'this pruned file (default: what was selected or written last)');
}

/** @throws WinnowError USAGE: more than one is named */
export function reportChoice({ run, selection, file }: ReportChoiceFlags): ReportChoice {
  const choices: ReportChoice[] = [
    ...(run === undefined ? [] : [{ kind: 'run', runId: run } as const]),
    ...(selection === undefined ? [] : [{ kind: 'selection', selectionId: selection, exportId: null } as const]),
    ...(file === undefined ? [] : [{ kind: 'file', path: file } as const]),
  ];
  if (choices.length > 1) throw usage('Name only one of --run, --selection and --file.');
  return choices[0] ?? { kind: 'newest' };
}

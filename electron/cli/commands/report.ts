// winnow report -o report.html
import type { Command } from 'commander';
import type { ReportChoice } from '../../engine/report/subject.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../options.ts';
import { usage } from '../output.ts';

type Flags = {
  readonly run?: number;
  readonly plan?: number;
  readonly file?: string;
  readonly output?: string;
  readonly jsonOut?: string;
  readonly language: string;
};

export function addReport(program: Command, { engine, output, signal }: Context): void {
  program
    .command('report')
    .description('write what was kept and what it costs as one page to send to a colleague, and as data')
    .option('--run <id>', 'the newest choice by the scores of this run', wholeNumber(1))
    .option('--plan <id>', 'this choice of experts', wholeNumber(1))
    .option('--file <pruned>', 'this pruned file (default: whatever was chosen or written last)')
    .option('-o, --output <file>', 'the page: HTML that needs nothing else')
    .option('--json-out <file>', 'the same as data: JSON')
    .option('--language <tag>', 'language of the page: en or ja', 'en')
    .addHelpText(
      'after',
      `
The report holds names of files, no folders; texts and demos by their hashes. "winnow runs" and
"winnow plans" list the ids.

Examples:
  winnow report -o report.html
  winnow report --file pruned.gguf -o report.html --json-out report.json`,
    )
    .action(async (flags: Flags) => {
      if (!output.json && flags.output === undefined && flags.jsonOut === undefined) {
        throw usage('Say where the report goes: -o report.html, --json-out report.json, or --json for this terminal.');
      }
      const { output: page, jsonOut: data, language } = flags;
      const report = await engine.report({ choice: choiceOf(flags), output: page, dataOutput: data, language }, signal);
      output.result(report, [page, data].filter((path) => path !== undefined).join('\n'));
    });
}

/** @throws WinnowError USAGE: more than one is named */
function choiceOf({ run, plan, file }: Flags): ReportChoice {
  const choices: ReportChoice[] = [
    ...(run === undefined ? [] : [{ kind: 'run', runId: run } as const]),
    ...(plan === undefined ? [] : [{ kind: 'plan', planId: plan, exportId: null } as const]),
    ...(file === undefined ? [] : [{ kind: 'file', path: file } as const]),
  ];
  if (choices.length > 1) throw usage('Name one of --run, --plan and --file.');
  return choices[0] ?? { kind: 'newest' };
}

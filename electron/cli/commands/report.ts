// winnow report -o report.html
import { type Command } from 'commander';
import { printableName } from '../../contract/printable.ts';
import { LANGUAGES } from '../../contract/text/languages.ts';
import { voiceIn } from '../../contract/text/words.ts';
import { verdictSentence } from '../../contract/verdict-words.ts';
import { reportKind } from '../../engine/report/write-report.ts';
import type { Context } from '../context.ts';
import { usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';
import { addSubjectOptions, chosenSubject, type SubjectFlags } from '../subject-options.ts';

type Flags = SubjectFlags & {
  readonly output?: string;
  readonly jsonOut?: string;
  readonly language: string;
  readonly force: boolean;
};

/** Adds `winnow report`. */
export function addReport(program: Command, context: Context): void {
  const { output } = context;
  const command = program
    .command('report')
    .description('write what was kept and what it costs as one page to send to a colleague, or as data');
  addSubjectOptions(command)
    .option('-o, --output <file>', 'the page: one self-contained HTML file')
    .option('--json-out <file>', 'the same data as JSON')
    .option('--language <tag>', `language of the page: ${Object.keys(LANGUAGES).join(' or ')}`, 'en')
    .option('--force', 'overwrite any existing file', false)
    .addHelpText(
      'after',
      `
It also prints what was measured as one sentence. The report holds names of files without their folders, and only hashes of
texts and demos. "winnow runs" and "winnow selections" list the ids.

Examples:
  winnow report -o report.html
  winnow report --file pruned.gguf -o report.html --json-out report.json`,
    )
    .action(async (flags: Flags) => {
      if (!output.json && flags.output === undefined && flags.jsonOut === undefined) {
        throw usage('Say where the report goes: -o report.html, --json-out report.json, or --json for this terminal.');
      }
      const { output: page, jsonOut: data, language, force: overwrite } = flags;
      await checkOutput(context, page, [], { kind: reportKind(page ?? ''), overwrite });
      await checkOutput(context, data, [], { kind: 'reportData', overwrite });
      const { report } = await context.call('evaluations.report', {
        subject: chosenSubject(flags, context),
        language,
        target: context.toWrite(page),
        data: context.toWrite(data),
      });
      output.result(
        report,
        [verdictSentence(report.summary.verdict, await voiceIn('en')), page, data]
          .filter((line) => line !== undefined)
          .map(printableName)
          .join('\n'),
      );
    });
}

// winnow report: what a choice holds, as a page, a model card, a choice or a list for another program
import { Option, type Command } from 'commander';
import type { Subject } from '../../contract/api/common.ts';
import { CARD_FORMS, type CardForm } from '../../contract/api/exports.ts';
import { CHOICE_FORMS, type ChoiceForm } from '../../contract/choice-file.ts';
import { printableName } from '../../contract/printable.ts';
import { LANGUAGES } from '../../contract/text/languages.ts';
import { loadLocale } from '../../contract/text/i18n.ts';
import { verdictSentence } from '../../contract/verdict-texts.ts';
import type { Context } from '../context.ts';
import { forceOption, outputOption, selectionOption, wholeNumber } from '../options.ts';
import { usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';

type Flags = {
  readonly run?: number;
  readonly selection?: number;
  readonly file?: string;
  readonly as: CardForm | ChoiceForm;
  readonly output?: string;
  readonly language: string;
  readonly force: boolean;
};

/** Adds `winnow report`. */
export function addReport(program: Command, context: Context): void {
  program
    .command('report')
    .description('write what was kept and what it costs: a page, a model card, the choice, a list for another program')
    .option('--run <id>', 'the newest selection made from the scores of this run', wholeNumber(1))
    .addOption(selectionOption('this selection of experts'))
    .option('--file <pruned>', 'this pruned file (default: what was selected or written last)')
    .addOption(
      new Option('--as <form>', 'a page, a model card, the choice itself, or a list of experts for another program')
        .choices([...CARD_FORMS, ...CHOICE_FORMS])
        .default('report'),
    )
    .addOption(
      outputOption(
        'what to write (default: next to the file, NAME.report.html for a report and NAME.README.md for a card)',
      ),
    )
    .option('--language <tag>', `language of the page or card: ${Object.keys(LANGUAGES).join(' or ')}`, 'en')
    .addOption(forceOption())
    .addHelpText(
      'after',
      `
A report is a model card as one HTML page. Both also print what was measured as one sentence. All forms hold names of files
without their folders, and only hashes of texts and demos.

A card has the form that model hubs expect: rename it to README.md when you publish it, and add what the file does not say, the
base model's name on the hub and its licence. With a choice, anyone with the same model file can make the same pruned file:
winnow prune model.gguf --choice choice.json -o pruned.gguf. docs/METHOD.md says how other programs use the lists.

Examples:
  winnow report -o report.html
  winnow report --file pruned.gguf --as card
  winnow report --file pruned.gguf --as vllm-ascend -o experts.jsonl`,
    )
    .action(async (flags: Flags) => {
      if (flags.as === 'report' || flags.as === 'card') await writeCard(flags.as, flags, context);
      else await writeChoice(flags.as, flags, context);
    });
}

async function writeCard(form: CardForm, flags: Flags, context: Context): Promise<void> {
  const { output: path, language, force } = flags;
  // a card may lie beside others' texts: only a report is known by how it begins
  if (form === 'report') await checkOutput(context, path, [], { kind: 'report', overwrite: force });
  const { displayPath, verdict } = await context.call('exports.card', {
    subject: chosenSubject(flags, context),
    form,
    language,
    target: context.toWrite(path),
    overwrite: force || (form === 'report' && path !== undefined),
  });
  const lines = [verdictSentence(verdict, await loadLocale('en')), path ?? displayPath];
  context.output.result({ [form]: displayPath, verdict }, lines.map(printableName).join('\n'));
}

async function writeChoice(form: ChoiceForm, flags: Flags, context: Context): Promise<void> {
  const { output: path, force: overwrite } = flags;
  if (!context.output.json && path === undefined) {
    throw usage(`Say where the ${flags.as} goes: -o FILE${form === 'choice' ? ', or --json for this terminal' : ''}.`);
  }
  if (form !== 'choice' && path === undefined) {
    throw usage(`--json prints the choice itself. Give -o for the form "${form}".`);
  }
  await checkOutput(context, path, [], { kind: 'choice', overwrite });
  const { choice } = await context.call('exports.choice', {
    subject: chosenSubject(flags, context),
    form,
    target: context.toWrite(path),
    overwrite: true,
  });
  context.output.result(choice, printableName(path ?? ''));
}

/** Returns the selection or file that the flags name. @throws WinnowError USAGE: more than one is named */
function chosenSubject({ run, selection, file }: Flags, { toRead }: Context): Subject {
  const subjects: Subject[] = [
    ...(run === undefined ? [] : [{ kind: 'run', runId: run } as const]),
    ...(selection === undefined ? [] : [{ kind: 'selection', selectionId: selection, exportId: null } as const]),
    ...(file === undefined ? [] : [{ kind: 'file', grant: toRead(file) } as const]),
  ];
  if (subjects.length > 1) throw usage('Name only one of --run, --selection and --file.');
  return subjects[0] ?? { kind: 'newest' };
}

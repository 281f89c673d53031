// winnow respond MODEL.gguf --demos FILE... --out answered.jsonl
import type { Command } from 'commander';
import { printableName } from '../../contract/printable.ts';
import type { RespondOutcome } from '../../contract/api/demos.ts';
import { commandText, fileArgument } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import {
  addLimitOptions,
  addPlacementOptions,
  decimal,
  demosOption,
  forceOption,
  maxTokensOption,
  placementFrom,
  wholeNumber,
  type LimitFlags,
  type PlacementFlags,
} from '../options.ts';
import { checkOutput } from '../output-target.ts';
import { jobTimeLeft, runJob } from '../run-job.ts';

type Flags = PlacementFlags &
  LimitFlags & {
    readonly demos: string[];
    readonly out: string;
    readonly replaceAnswers: boolean;
    readonly maxTokens?: number;
    readonly temperature: number;
    readonly seed: number;
    readonly force: boolean;
  };

/** Adds `winnow respond`. */
export function addRespond(program: Command, context: Context): void {
  const command = program
    .command('respond')
    .description('let the model answer prompt-only demos: experts are judged best on the model’s own answers')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .addOption(demosOption().makeOptionMandatory())
    .requiredOption('--out <file>', 'write the demos with their answers to this file (JSONL)')
    .option('--replace-answers', 'replace the demos’ answers with the model’s own', false)
    .addOption(
      maxTokensOption(
        'longest answer, in tokens (default: 8 times the demos’ longest; if there is none, what the model’s context allows)',
        1,
      ),
    )
    .option('--temperature <t>', 'sampling temperature; 0: always take the likeliest token', decimal(0), 0.6)
    .option('--seed <n>', 'seed of the sampling', wholeNumber(0), 1)
    .addOption(forceOption());
  addPlacementOptions(addLimitOptions(command))
    .addHelpText(
      'after',
      `
Demos that have answers set the limit for the others: 8 times the longest answer, at least 1024 tokens. For a model that
reasons, answers without reasoning do not count. The limit is never above the model’s context or 32768 tokens. An answer
that only repeats itself is ended early; like one that reaches the limit, it is marked as cut off.
Interrupted? Run the same command again: the answers so far are kept in Winnow’s data folder for a week.

Example:
  winnow respond model.gguf --demos prompts.jsonl --out answered.jsonl
  winnow score model.gguf --demos answered.jsonl --out scores.json`,
    )
    .action(async (model: string, flags: Flags) => {
      await checkOutput(context, flags.out, [model, ...flags.demos], null);
      context.computeWith({ placement: placementFrom(flags) });
      const { limit, limitBy, replaceAnswers, force: overwrite, out: output } = flags;
      const outcome = await runJob(
        context,
        'respond',
        () =>
          context.call('demos.respond', {
            model: { kind: 'file', grant: context.toRead(model) },
            demos: {
              kind: 'files',
              grants: flags.demos.map(context.toRead),
              target: context.toWrite(output),
              limit,
              limitBy,
              replaceAnswers,
              overwrite,
            },
            maxTokens: flags.maxTokens,
            temperature: flags.temperature,
            seed: flags.seed,
          }),
        {
          onProgress: (view) => context.output.progress('answering', view.done, view.total, jobTimeLeft(view)),
        },
      );
      const { demos, answered, resumed, unanswered, cutOff, looped } = outcome;
      const lines = [
        `${answered + resumed} of ${demos} demos answered${resumed > 0 ? `, ${resumed} of them before` : ''}: ${printableName(output)}`,
        `An answer has at most ${outcome.maxTokens} tokens: ${limitText(outcome, flags)}.`,
        ...(unanswered > 0 ? [`${unanswered} remain unanswered; they are in the file unchanged.`] : []),
        ...(cutOff > 0
          ? [
              `${cutOff} answers were cut off at the limit${looped > 0 ? ` or in a loop (${looped})` : ''}: they are marked, and scoring leaves them out unless you ask (--cut-off).`,
            ]
          : []),
        `Next: ${commandText(['winnow', 'score', fileArgument(model), '--demos', fileArgument(output), '--out', 'scores.json'])}`,
      ];
      context.output.result({ output, ...outcome }, lines.join('\n'));
    });
}

function limitText({ longest }: RespondOutcome, { maxTokens }: Flags): string {
  if (maxTokens !== undefined) return 'as you asked';
  return longest === null
    ? 'what the model’s context allows'
    : `by the demos’ longest answer of ${longest}, and the model’s context`;
}

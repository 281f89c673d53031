// winnow ranking --scores scores.json -o ranking.json
import { Option, type Command } from 'commander';
import { FAST_CRITERIA, type FastCriterion } from '../../contract/criteria.ts';
import { printableName } from '../../contract/printable.ts';
import { RANKING_FORMS, type RankingForm } from '../../contract/ranking-file.ts';
import type { TokenChoice } from '../../contract/token-classes.ts';
import type { Context } from '../context.ts';
import { tokensOption, wholeNumber } from '../options.ts';
import { usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';

type Flags = {
  readonly scores?: string;
  readonly run?: number;
  readonly criterion: FastCriterion;
  readonly tokens?: TokenChoice;
  readonly as: RankingForm;
  readonly output?: string;
  readonly force: boolean;
};

/** Adds `winnow ranking`. */
export function addRanking(program: Command, context: Context): void {
  program
    .command('ranking')
    .description('write how much each expert counts for a domain: a file to share, for any quantisation of the model')
    .option('--scores <file>', 'scores.json from "winnow score"')
    .option('--run <id>', 'instead of scores: a stored run, see "winnow runs"', wholeNumber(1))
    .addOption(new Option('--criterion <name>', 'ranking criterion').choices(FAST_CRITERIA).default('easy-ep'))
    .addOption(tokensOption())
    .addOption(
      new Option('--as <form>', 'JSON that names model and demos, or a bare table: layer,expert,score')
        .choices(RANKING_FORMS)
        .default('winnow'),
    )
    .option('-o, --output <file>', 'the ranking')
    .option('--force', 'overwrite any existing file', false)
    .addHelpText(
      'after',
      `
docs/RANKINGS.md describes the file for other programs. "winnow select --ranking" chooses experts by it.

Examples:
  winnow ranking --scores scores.json -o python.ranking.json
  winnow ranking --run 3 --criterion frequency --as csv -o python.csv`,
    )
    .action(async ({ scores, run, criterion, tokens, as: form, output: path, force }: Flags) => {
      const { output, toRead, toWrite } = context;
      if ((scores === undefined) === (run === undefined)) throw usage('Give either --scores or --run.');
      if (!output.json && path === undefined) throw usage('Say where the ranking goes: -o ranking.json, or --json.');
      if (output.json && form !== 'winnow' && path === undefined) throw usage(`Give -o for the form "${form}".`);
      await checkOutput(context, path, scores === undefined ? [] : [scores], { kind: 'ranking', overwrite: force });
      const ranking = await context.call('runs.exportRanking', {
        of: scores === undefined ? { kind: 'run', runId: run ?? 0 } : { kind: 'scores', file: toRead(scores) },
        criterion,
        tokens: tokens ?? null,
        form,
        target: toWrite(path),
      });
      const { model, demos } = ranking;
      const of = `${printableName(model.name)}, ${printableName(demos?.domain ?? '')}, by ${ranking.criterion}`;
      output.result(
        ranking,
        `${printableName(path ?? '')}: ${model.moe_layers.length} layers of ${model.n_expert} experts (${of}).`,
      );
    });
}

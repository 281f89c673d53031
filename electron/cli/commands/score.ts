// winnow score MODEL.gguf --demos FILE...
import type { Command } from 'commander';
import type { ScoreOutcome } from '../../engine/scoring/score-outcome.ts';
import type { Progress } from '../../engine/engine.ts';
import type { Context } from '../context.ts';
import { addPlacementOptions, placementFrom, wholeNumber, type PlacementFlags } from '../options.ts';
import { formatSeconds } from '../output.ts';

type Flags = PlacementFlags & {
  readonly demos: string[];
  readonly domain?: string;
  readonly limit?: number;
  readonly maxTokens: number;
  readonly ubatch: number;
  readonly out?: string;
  readonly perDemo: boolean;
  readonly fresh: boolean;
};

export function addScore(program: Command, context: Context): void {
  const command = program
    .command('score')
    .description('run the demos through the model and score every expert of every layer')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .requiredOption('--demos <files...>', 'demo files: JSONL, JSON, CSV, Parquet, Arrow, Markdown or text')
    .option('--domain <name>', 'name of the domain (default: the first demo file’s name)')
    .option('--limit <n>', 'use the first n demos only', wholeNumber(1))
    .option('--max-tokens <n>', 'cut each demo to n tokens; 0 is no limit', wholeNumber(0), 0)
    .option('--ubatch <n>', 'tokens that run through the model at once', wholeNumber(32), 2048)
    .option('--out <file>', 'write the scores to this file (scores.json)')
    .option('--per-demo', 'with each demo’s own scores in the file', false)
    .option('--fresh', 'score again even if this run is stored already', false);
  addPlacementOptions(command)
    .addHelpText(
      'after',
      `
Interrupted? Run the same command again: what is scored already is kept, and the scores come out the same.

Example:
  winnow score model.gguf --demos tickets.jsonl --out scores.json
  winnow select --scores scores.json --keep 0.5 --mask-out mask.json`,
    )
    .action(async (model: string, flags: Flags) => {
      await context.engine.checkOutput(flags.out, [model, ...flags.demos]);
      const outcome = await context.engine.score(
        {
          model,
          demos: { kind: 'files', files: flags.demos, domain: flags.domain },
          limit: flags.limit,
          maxTokens: flags.maxTokens,
          nUbatch: flags.ubatch,
          placement: placementFrom(flags),
          fresh: flags.fresh,
        },
        scoreHooks(context),
      );
      if (flags.out !== undefined) await context.engine.writeScores(outcome, flags.out, flags.perDemo);
      context.output.result(context.engine.scoresFile(outcome, flags.perDemo), scoreText(outcome, flags.out));
    });
}

function scoreHooks(context: Context) {
  return {
    signal: context.signal,
    onWarning: (text: string) => context.output.warn(text),
    onProgress: ({ done, total, rate, etaSeconds }: Progress) => {
      const eta = etaSeconds === null ? '' : `, ${formatSeconds(etaSeconds)} left`;
      context.output.progress('scoring', done, total, rate > 0 ? `${Math.round(rate)} tokens/s${eta}` : '');
    },
  };
}

function scoreText(outcome: ScoreOutcome, out: string | undefined): string {
  const { demos, tokens, info, run } = outcome;
  const how = run.reused
    ? 'scored earlier'
    : `scored in ${formatSeconds(run.seconds)}${run.resumed ? ', resumed' : ''}`;
  const lines = [
    `${demos.length} ${demos.length === 1 ? 'demo' : 'demos'} of ${outcome.domain}, ${tokens} tokens, ${info.moeLayers.length} MoE layers of ${info.nExpert} experts: ${how} (run ${run.id}).`,
  ];
  lines.push(
    out === undefined
      ? 'Write the scores with --out scores.json and choose experts with "winnow select".'
      : `Scores: ${out}. Next: winnow select --scores ${out} --keep 0.5 --mask-out mask.json`,
  );
  return lines.join('\n');
}

// winnow score MODEL.gguf --demos FILE...
import type { Command } from 'commander';
import { printableName } from '../../contract/printable.ts';
import type { CallParams } from '../../contract/api.ts';
import type { ScoreOutcome } from '../../contract/api/runs.ts';
import { commandText, fileArgument } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import { estimateText } from '../estimate-text.ts';
import {
  addLimitOptions,
  addMemoryLimit,
  addPlacementOptions,
  demoTokensOption,
  demosOption,
  domainOption,
  estimateOption,
  forceOption,
  holdBackOption,
  placementFrom,
  ubatchOption,
  type LimitFlags,
  type PlacementFlags,
} from '../options.ts';
import { formatSeconds } from '../output.ts';
import { checkOutput } from '../output-target.ts';
import { jobTimeLeft, performJob } from '../run-job.ts';
import { matrixDocument, matrixText } from './runs.ts';

type Flags = PlacementFlags &
  LimitFlags & {
    readonly demos: string[];
    readonly domain?: string;
    readonly holdBack: number;
    readonly cutOff: boolean;
    readonly maxTokens: number;
    readonly ubatch: number | 'auto';
    readonly out?: string;
    readonly imatrix?: string;
    readonly fresh: boolean;
    readonly force: boolean;
    readonly estimate: boolean;
  };

/** Adds `winnow score`; with `--estimate` it only reports what scoring would need. */
export function addScore(program: Command, context: Context): void {
  const command = program
    .command('score')
    .description('run the demos through the model and score every expert of every layer')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .addOption(demosOption().makeOptionMandatory())
    .addOption(domainOption('the first demo file’s name'))
    .addOption(holdBackOption('leave the last demos unscored, to check answers on: a share such as 0.1').default(0))
    .option('--cut-off', 'also score demos whose answer was cut off at its length limit', false)
    .addOption(demoTokensOption())
    .addOption(ubatchOption())
    .option('--out <file>', 'write the scores to this file (scores.json)')
    .option('--imatrix <file>', 'collect llama.cpp’s importance matrix in the same pass, and write it here (GGUF)')
    .addOption(estimateOption('estimate what it would read and hold in memory, and how long it would take'))
    .addOption(forceOption())
    .option('--fresh', 'score again even if this run is already stored', false);
  addMemoryLimit(addPlacementOptions(addLimitOptions(command)))
    .addHelpText(
      'after',
      `
Interrupted? Run the same command again: it resumes where it stopped, and the scores come out the same.

Examples:
  winnow score model.gguf --demos tickets.jsonl --out scores.json
  winnow select --scores scores.json --keep 0.5 -o choice.json`,
    )
    .action(async (model: string, flags: Flags) => {
      const inputs = [model, ...flags.demos];
      const { force: overwrite } = flags;
      await checkOutput(context, flags.out, inputs, { kind: 'scores', overwrite });
      await checkOutput(context, flags.imatrix, inputs, { kind: 'imatrix', overwrite });
      const { limit, limitBy, holdBack, cutOff, fresh } = flags;
      const params: CallParams<'runs.start'> = {
        model: { kind: 'file', grant: context.toRead(model) },
        demos: { kind: 'files', grants: flags.demos.map(context.toRead), domain: flags.domain },
        limit,
        limitBy,
        holdBack,
        cutOff,
        fresh,
        importance: flags.imatrix !== undefined,
      };
      context.computeWith({ placement: placementFrom(flags), nUbatch: flags.ubatch, maxTokens: flags.maxTokens });
      if (flags.estimate) {
        const { unwritten: _, warned, ...estimate } = await context.call('runs.estimate', params);
        warned.forEach((line) => context.output.warn(line));
        context.output.result(estimate, estimateText(estimate));
        return;
      }
      const { job, outcome } = await performJob(context, 'score', () => context.call('runs.start', params), {
        onEstimate: (estimate) => context.output.note(estimateText(estimate)),
        onProgress: (view) => {
          const { done, total, perSecond: rate } = view;
          const left = jobTimeLeft(view);
          const eta = left === '' ? '' : `, ${left}`;
          context.output.progress('scoring', done, total, rate ? `${Math.round(rate)} tokens/s${eta}` : '');
        },
      });
      const scores = await context.call('runs.writeScores', {
        jobId: job.id,
        target: context.toWrite(flags.out),
      });
      const matrix =
        flags.imatrix === undefined
          ? null
          : await context.call('runs.exportImportance', {
              runId: outcome.run.id,
              target: context.toWrite(flags.imatrix),
            });
      context.output.result(
        {
          ...scores,
          estimate: outcome.estimate,
          ...(matrix && { imatrix: matrixDocument(matrix) }),
        },
        [scoreText(outcome, flags), ...(matrix ? [matrixText(matrix)] : [])].join('\n'),
      );
    });
}

function scoreText(outcome: ScoreOutcome, { out }: Flags): string {
  const { demos, tokens, nExpert, moeLayers, run, domain } = outcome;
  const scored = `${demos} ${demos === 1 ? 'demo' : 'demos'} of ${printableName(domain)}, ${tokens} tokens, ${moeLayers.length} MoE layers of ${nExpert} experts${predictionText(outcome)}: ${howScored(run)} (run ${run.id}).`;
  const next =
    out === undefined
      ? 'Write the scores with --out scores.json and choose experts with "winnow select".'
      : `Scores: ${printableName(out)}. Next: ${commandText(['winnow', 'select', '--scores', fileArgument(out), '--keep', '0.5', '-o', 'choice.json'])}`;
  return `${scored}\n${next}`;
}

function predictionText({ moeLayers, nextnLayers }: ScoreOutcome): string {
  const scored = moeLayers.filter((block) => nextnLayers.includes(block));
  return scored.length === 0
    ? ''
    : ` (${scored.length === 1 ? 'the last of them is a prediction block, which was' : `the last ${scored.length} of them are prediction blocks, which were`} run after the others)`;
}

function howScored(run: ScoreOutcome['run']): string {
  return run.reused ? 'scored earlier' : `scored in ${formatSeconds(run.seconds)}${run.resumed ? ', resumed' : ''}`;
}

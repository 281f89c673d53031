// winnow score MODEL.gguf --demos FILE...
import { Option, type Command } from 'commander';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import { printableName } from '../../contract/printable.ts';
import { STABLE_SHARE, type StopRule } from '../../contract/stop-rule.ts';
import type { TokenChoice } from '../../contract/token-classes.ts';
import type { CallParams } from '../../contract/api.ts';
import type { ScoreOutcome } from '../../contract/api/runs.ts';
import type { Grouping } from '../../contract/requests.ts';
import { commandText, fileArgument } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import { estimateText } from '../estimate-text.ts';
import {
  addLimitOptions,
  addMemoryLimit,
  addPlacementOptions,
  criterionOption,
  demoTokensOption,
  demosOption,
  domainOption,
  estimateOption,
  forceOption,
  groupingOption,
  holdBackOption,
  maskOption,
  placementFrom,
  properShare,
  tokensOption,
  ubatchOption,
  wholeNumber,
  type LimitFlags,
  type PlacementFlags,
} from '../options.ts';
import { formatSeconds, usage } from '../output.ts';
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
    readonly perDemo: boolean;
    readonly fresh: boolean;
    readonly force: boolean;
    readonly mask?: string;
    readonly rounds: number;
    readonly stopWhenStable: boolean;
    readonly stableShare: number;
    readonly keep?: string;
    readonly criterion: Criterion;
    readonly tokens?: TokenChoice;
    readonly grouping?: Grouping;
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
    .option('--per-demo', 'include each demo’s own scores in the file', false)
    .option('--imatrix <file>', 'collect llama.cpp’s importance matrix in the same pass, and write it here (GGUF)')
    .addOption(estimateOption('estimate what it would read and hold in memory, and how long it would take'))
    .addOption(forceOption())
    .option('--fresh', 'score again even if this run is already stored', false)
    .addOption(maskOption('score the model without the experts that this mask drops'))
    .option(
      '--rounds <n>',
      'rounds of scoring and masking: each drops part of the experts that are to go',
      wholeNumber(1),
      1,
    )
    .option(
      '--stop-when-stable',
      'end early if scoring the remaining demos would hardly change the experts that --keep keeps; demos come in random order',
      false,
    )
    .addOption(
      new Option(
        '--stable-share <share>',
        'with --stop-when-stable, the share of the kept experts that may still change',
      )
        .argParser(properShare)
        .default(STABLE_SHARE, '5%'),
    )
    .option(
      '--keep <k>',
      'with --rounds or --stop-when-stable, experts per layer to keep in the end: a count or a share',
    )
    .addOption(criterionOption(CRITERIA, 'with --rounds or --stop-when-stable, criterion by which experts are kept'))
    .addOption(tokensOption())
    .addOption(groupingOption());
  addMemoryLimit(addPlacementOptions(addLimitOptions(command)))
    .addHelpText(
      'after',
      `
Interrupted? Run the same command again: it resumes where it stopped, and the scores come out the same.

Examples:
  winnow score model.gguf --demos tickets.jsonl --out scores.json
  winnow select --scores scores.json --keep 0.5 --mask-out mask.json

  winnow score model.gguf --demos tickets.jsonl --rounds 3 --keep 0.5 --out scores.json
  winnow score model.gguf --demos tickets.jsonl --stop-when-stable --keep 0.5 --out scores.json`,
    )
    .action(async (model: string, flags: Flags) => {
      const { keep } = flags;
      if ((flags.rounds > 1 || flags.stopWhenStable) !== (keep !== undefined)) {
        throw usage('Give --keep together with --rounds or --stop-when-stable.');
      }
      const { mask: maskFile } = flags;
      const inputs = [model, ...flags.demos, ...(maskFile === undefined ? [] : [maskFile])];
      const { force: overwrite } = flags;
      await checkOutput(context, flags.out, inputs, { kind: 'scores', overwrite });
      await checkOutput(context, flags.imatrix, inputs, { kind: 'imatrix', overwrite });
      const { limit, limitBy, limitSeed, holdBack, cutOff, fresh, criterion, tokens, rounds } = flags;
      const params: CallParams<'runs.start'> = {
        model: { kind: 'file', grant: context.toRead(model) },
        demos: { kind: 'files', grants: flags.demos.map(context.toRead), domain: flags.domain },
        limit,
        limitBy,
        limitSeed,
        holdBack,
        cutOff,
        fresh,
        mask: maskFile === undefined ? undefined : context.toRead(maskFile),
        rounds: keep === undefined || rounds === 1 ? undefined : { count: rounds, keep, criterion, tokens },
        stopWhenStable:
          keep === undefined || !flags.stopWhenStable
            ? undefined
            : { keep, criterion, tokens, share: flags.stableShare },
        grouping: flags.grouping,
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
        perDemo: flags.perDemo,
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
          ...stopDocument(outcome),
          estimate: outcome.estimate,
          ...(matrix && { imatrix: matrixDocument(matrix) }),
        },
        [scoreText(outcome, flags), ...(matrix ? [matrixText(matrix)] : [])].join('\n'),
      );
    });
}

function scoreText(outcome: ScoreOutcome, { out, keep }: Pick<Flags, 'out' | 'keep'>): string {
  const { demos, tokens, nExpert, moeLayers, rounds } = outcome;
  const lines = rounds.map(({ experts, run }, index) => {
    const round = rounds.length === 1 ? '' : `Round ${index + 1}: `;
    const taking = experts === nExpert ? `${experts}` : `${experts} of ${nExpert}`;
    return `${round}${demos} ${demos === 1 ? 'demo' : 'demos'} of ${printableName(outcome.domain)}, ${tokens} tokens, ${moeLayers.length} MoE layers of ${taking} experts${predictionText(outcome)}: ${howScored(run)} (run ${run.id}).`;
  });
  if (outcome.stop) lines.push(stopText(outcome, outcome.stop));
  lines.push(
    out === undefined
      ? 'Write the scores with --out scores.json and choose experts with "winnow select".'
      : `Scores: ${printableName(out)}. Next: ${commandText(['winnow', 'select', '--scores', fileArgument(out), '--keep', keep ?? '0.5', '--mask-out', 'mask.json'])}`,
  );
  return lines.join('\n');
}

function predictionText({ moeLayers, nextnLayers }: ScoreOutcome): string {
  const scored = moeLayers.filter((block) => nextnLayers.includes(block));
  return scored.length === 0
    ? ''
    : ` (${scored.length === 1 ? 'the last of them is a prediction block, which was' : `the last ${scored.length} of them are prediction blocks, which were`} run after the others)`;
}

/** What had to be stable, and whether it was; empty if all demos were to be scored. */
function stopDocument({ stop, run: { stopped }, estimate, demos }: ScoreOutcome): object {
  return stop ? { stop: { ...stop, stopped, left_out_demos: estimate.demos - demos } } : {};
}

/** How the run ended, under the rule that it had. */
function stopText(
  { run: { stopped }, estimate, demos }: Pick<ScoreOutcome, 'run' | 'estimate' | 'demos'>,
  { keep, criterion, share, confidence }: StopRule,
): string {
  const rule = `${percent(share)} of the ${keep} experts kept per layer (${criterion}), ${percent(confidence)} sure`;
  if (!stopped) return `All demos were needed: the choice was not stable before the last (at most ${rule}).`;
  return `Stopped early, ${estimate.demos - demos} of ${estimate.demos} demos left out: scoring them would change at most ${percent(stopped.share)} of the choice (the bound: ${rule}).`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

function howScored(run: ScoreOutcome['run']): string {
  return run.reused ? 'scored earlier' : `scored in ${formatSeconds(run.seconds)}${run.resumed ? ', resumed' : ''}`;
}

// winnow fit MODEL.gguf --demos FILE... --budget SIZE
import type { Command } from 'commander';
import type { CallParams } from '../../contract/api.ts';
import type { JobView } from '../../contract/api/jobs.ts';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { isPlain, otherFile, type FitFile, type FitPhase, type FitPlan, type FitResult } from '../../contract/fit.ts';
import { phaseDetail, phaseOf, phasePlace, phaseTitle, roundedTimeLeft } from '../../contract/fit-progress-texts.ts';
import { demosText, fitLosses, fitSentence, mixText, widthText } from '../../contract/fit-texts.ts';
import { loadLocale, type Locale } from '../../contract/text/i18n.ts';
import type { PublishedInterval } from '../../contract/interval.ts';
import { printableName } from '../../contract/printable.ts';
import type { FitRequest, Grouping, SuperExperts } from '../../contract/requests.ts';
import { parseBytes } from '../../engine/base/files/parse-bytes.ts';
import type { Context } from '../context.ts';
import {
  addMemoryLimit,
  addPlacementOptions,
  groupingOption,
  criterionOption,
  ctxOption,
  demoTokensOption,
  demosOption,
  domainOption,
  duration,
  estimateOption,
  forceOption,
  holdBackOption,
  imatrixOption,
  limitOption,
  listOf,
  namedFile,
  nextnOption,
  outputOption,
  placementFrom,
  requantiseOption,
  superExpertsOption,
  ubatchOption,
  type PlacementFlags,
} from '../options.ts';
import { formatInterval, formatSeconds, table } from '../output.ts';
import { checkOutput } from '../output-target.ts';
import { performJob, runJob, type Following } from '../run-job.ts';

type Flags = PlacementFlags & {
  readonly demos: string[];
  readonly domain?: string;
  readonly budget: string;
  readonly ctx: number;
  readonly text: string[];
  readonly limit?: number;
  readonly holdBack?: number;
  readonly maxTokens: number;
  readonly ubatch: number | 'auto';
  readonly criterion: Criterion | typeof AUTO;
  readonly superExperts: SuperExperts;
  readonly grouping: Grouping | typeof AUTO;
  readonly nextn: FitRequest['nextn'];
  readonly types?: string[];
  readonly imatrix?: string;
  readonly allowRequantize: boolean;
  readonly timeLimit?: number;
  readonly output?: string;
  readonly other: boolean;
  readonly force: boolean;
  readonly repair: boolean;
  readonly estimate: boolean;
};

/** The search measures the options and takes the one that is nearest to the model. */
const AUTO = 'auto';

/** Adds `winnow fit`. */
export function addFit(program: Command, context: Context): void {
  const command = program
    .command('fit')
    .description('find the best file for a memory budget: experts and bits chosen together, measured in the domain')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .addOption(demosOption().makeOptionMandatory())
    .requiredOption('--budget <size>', 'memory for weights, context and buffers together, such as 12GB')
    .addOption(ctxOption('tokens of context to fit; at most the model’s own context length', 1, 8192))
    .addOption(domainOption('the first demo file’s name'))
    .option(
      '--text <name=file...>',
      'held-out texts to measure on; the one with the domain’s name counts as in the domain',
      [],
    )
    .addOption(limitOption('use only the first n demos'))
    .addOption(
      holdBackOption(
        'leave the last demos unscored, to measure on (default: half, at most 64, if there is no text of the domain)',
      ),
    )
    .addOption(demoTokensOption())
    .addOption(ubatchOption())
    .addOption(
      criterionOption([AUTO, ...CRITERIA], `ranking criterion; "${AUTO}": measure which loses least, where it matters`),
    )
    .addOption(superExpertsOption())
    .addOption(groupingOption('measure which loses less'))
    .addOption(nextnOption(['drop', 'reuse']))
    .option(
      '--types <list>',
      'types to quantise to, separated by commas, such as Q6_K,Q4_K_M (default: all, and mixes with a type for each class of tensors)',
      listOf,
    )
    .addOption(
      imatrixOption('importance matrix to quantise by, GGUF (default: collected from the demos while they are scored)'),
    )
    .addOption(requantiseOption())
    .option('--no-repair', 'do not repair the experts’ matrices after cutting and quantising')
    .option(
      '--time-limit <time>',
      'stop searching after this time, such as 30m or 2h, and take the best file found by then',
      duration,
    )
    .addOption(outputOption('write the best file here'))
    .option('--other', 'instead of the best file, write the one that it is compared with, if there is one', false)
    .addOption(forceOption())
    .addOption(estimateOption('say what would be compared, and how long that would take'));
  addMemoryLimit(addPlacementOptions(command))
    .addHelpText(
      'after',
      `
First it measures how much each class of tensors loses in each type, and how much the missing experts lose. The mixes of
types that lose least by these figures become candidates, with fewer experts and with all of them, as do llama.cpp’s own
types. If less than some 60 % of the experts would be left, it also tries experts with three quarters or half of their neurons.
With as many experts as the most promising file has, it measures by which criterion to choose them, and whether a router’s
groups should stay: EASY-EP without groups is taken unless another choice is clearly nearer to the model.
Then it makes a few files, the most promising first, and measures them on every second chunk or document: the nearest to the
source model in the domain is the best, by mean KL divergence. A file stays as long as it is not measurably farther, nor less
often of the model’s own choice of token, nor measurably worse at predicting text. Of those that remain, it takes the one that
loses least outside the domain. This file and the best of the other kind, with all experts or with fewer, are then measured on
the rest of the text, and the verdict rests on that.
Interrupted? Run the same command again: what is already scored and measured is kept.

Examples:
  winnow fit model-F16.gguf --demos tickets.jsonl --budget 12GB --estimate
  winnow fit model-F16.gguf --demos law.jsonl --text law=law.txt news=news.txt --budget 12GB --ctx 16384 -o law.gguf`,
    )
    .action(async (model: string, flags: Flags) => {
      const { output } = context;
      const { force: overwrite } = flags;
      await checkOutput(context, flags.output, [model, ...flags.demos], null);
      const locale = await loadLocale('en');
      const params = paramsOf(context, model, flags);
      context.computeWith({ placement: placementFrom(flags), nUbatch: flags.ubatch, maxTokens: flags.maxTokens });
      if (flags.estimate) {
        const { warned, ...plan } = await context.call('fit.plan', params);
        warned.forEach((line) => output.warn(line));
        output.result(plan, planText(plan, locale));
        return;
      }
      const { outcome: result, job } = await performJob(context, 'fit', () => context.call('fit.start', params), {
        onPlan: (plan) => output.note(planText(plan, locale)),
        onProgress: tellPhases(output, locale),
      });
      const sentence = fitSentence(result, locale);
      const written =
        flags.other && flags.output !== undefined
          ? await writeOther(context, { jobId: job.id, result, path: flags.output, overwrite })
          : result.written;
      const found = { ...result, written };
      output.result({ ...found, sentence }, resultText(found, sentence, locale));
    });
}

/** Writes the file that the best one is compared with. @throws WinnowError USAGE: there is none */
async function writeOther(
  context: Context,
  { jobId, result, path, overwrite }: { jobId: number; result: FitResult; path: string; overwrite: boolean },
): Promise<FitResult['written']> {
  const other = otherFile(result);
  const kind = other !== null && isPlain(other, result.nExpert) ? 'quantise' : 'export';
  const target = context.toWrite(path);
  const start = () => context.call('fit.takeOther', { jobId, target, overwrite });
  const onProgress = ({ done, total }: JobView): void => context.output.progress('writing', done, total);
  const { exportId, bytes } = await runJob(context, kind, start, { onProgress });
  return { path, bytes, exportId };
}

/** Prints a line for each phase as it begins, and below it the progress of the phase and of the whole search. */
function tellPhases(output: Context['output'], locale: Locale): Following['onProgress'] {
  let told: FitPhase | null = null;
  return ({ step, plan, done, total, etaMs }) => {
    const phase = phaseOf(step);
    if (step === null || phase === null || plan === undefined) return;
    const place = phasePlace(phase, plan, locale);
    if (phase !== told) output.note(`${place}: ${phaseTitle(phase, plan, locale)}`);
    told = phase;
    const left = etaMs === null ? '' : `about ${formatSeconds(roundedTimeLeft(etaMs) / 1000)} left`;
    output.progress(
      [place, phaseDetail(phase, step, locale)].filter((part) => part !== '').join(' · '),
      done,
      total,
      left,
    );
  };
}

function paramsOf({ toRead, toWrite }: Context, model: string, flags: Flags): CallParams<'fit.start'> {
  const { domain, nextn, types, imatrix, timeLimit, output } = flags;
  return {
    kind: 'files',
    model: { kind: 'file', grant: toRead(model) },
    demos: { kind: 'files', grants: flags.demos.map(toRead), domain },
    limit: flags.limit,
    holdBack: flags.holdBack,
    criterion: flags.criterion === AUTO ? null : flags.criterion,
    superExperts: flags.superExperts,
    grouping: flags.grouping === AUTO ? null : flags.grouping,
    nextn,
    ...(!flags.repair && { repair: false }),
    budgetBytes: parseBytes(flags.budget),
    ctx: flags.ctx,
    texts: flags.text.map(namedFile).map(({ name, file }) => ({ name, grant: toRead(file) })),
    types: types ?? null,
    imatrix: imatrix === undefined ? null : toRead(imatrix),
    requantise: flags.allowRequantize,
    timeLimitSeconds: timeLimit ?? null,
    target: flags.other ? null : toWrite(output),
    overwrite: flags.force,
  };
}

function fileText(
  { keep, type, mix, width }: Pick<FitFile, 'keep' | 'type' | 'mix' | 'width'>,
  { nExpert, sourceType }: Pick<FitPlan, 'nExpert' | 'sourceType'>,
  locale: Locale,
): string {
  const experts = keep === nExpert ? `all ${keep}` : `${keep} of ${nExpert}`;
  const types = mix === null ? ` at ${type ?? `${sourceType}, as it is`}` : `, ${mixText(mix, locale)}`;
  const wide = width === null ? '' : `, ${widthText(width, locale.language)} wide`;
  return `${experts}${wide}${types}`;
}

function planText(plan: FitPlan, locale: Locale): string {
  const { seconds, files, texts } = plan;
  const demos = demosText(plan, locale);
  const inside = texts.filter(({ inDomain }) => inDomain).map(({ name }) => name);
  const outside = texts.filter(({ inDomain }) => !inDomain).map(({ name }) => name);
  return [
    `About ${files.length} files are compared for ${displayBytes(plan.budgetBytes)} with ${plan.ctx} tokens of context:`,
    table(
      ['experts and type', 'file', 'memory'],
      files.map((file) => [fileText(file, plan, locale), displayBytes(file.bytes), displayBytes(file.memoryBytes)]),
    ),
    `Searched on one half of the text and proved on the other: in the domain on ${printableName(inside.join(', '))}${outside.length === 0 ? '' : `; outside on ${printableName(outside.join(', '))}`}.`,
    ...(demos === null ? [] : [demos]),
    `Takes about ${formatSeconds(seconds)}, and up to ${displayBytes(plan.scratchBytes)} of scratch space.`,
  ].join('\n');
}

function resultText(result: FitResult, sentence: string, locale: Locale): string {
  const { files, best, written } = result;
  const found = files[best];
  const measured = files.filter(({ inside }) => inside !== null).toSorted((a, b) => b.bytes - a.bytes);
  return [
    sentence,
    '',
    table(
      ['experts and type', 'file', 'KL in domain', 'KL outside', 'top-1', 'proved', ''],
      measured.map((file) => [
        fileText(file, result, locale),
        displayBytes(file.bytes),
        natsText(file.klMean),
        natsText(file.klOutside),
        file.top1 === null ? '' : `${(100 * file.top1.value).toFixed(1)} %`,
        natsText(file.confirmed?.klMean ?? null),
        file === found ? 'best' : file.isContender ? 'as good' : '',
      ]),
    ),
    `Mean KL divergence from the source model in nats a token, with a 95 % interval, on the ${result.searchedTokens} tokens that the search has seen; proved on ${result.tokens} that it has not.`,
    ...(written === null
      ? ['Nothing was written. Name a file with -o: the same command then writes it, without measuring again.']
      : [`Written: ${printableName(written.path)} (${displayBytes(written.bytes)})`]),
    '',
    fitLosses(result, locale),
  ].join('\n');
}

function natsText(nats: PublishedInterval | null): string {
  return nats === null ? '' : formatInterval(nats, (value) => value.toFixed(4));
}

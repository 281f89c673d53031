// winnow compare MODEL.gguf --demos NAME=FILE... --text NAME=FILE...
import { InvalidArgumentError, type Command } from 'commander';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import type { Interval } from '../../contract/interval.ts';
import type { Grouping } from '../../contract/requests.ts';
import { runCompare, type Compared } from '../../engine/measure/study/compare.ts';
import { idleTask } from '../../engine/store/task.ts';
import type { Context } from '../context.ts';
import {
  addLimitOptions,
  addMemoryLimit,
  addPlacementOptions,
  groupingOption,
  chunksOption,
  ctxOption,
  demoTokensOption,
  listOf,
  namedFile,
  placementFrom,
  ubatchOption,
  wholeNumber,
  type LimitFlags,
  type PlacementFlags,
} from '../options.ts';
import { formatInterval, table, usage } from '../output.ts';

type Flags = PlacementFlags &
  LimitFlags & {
    readonly demos: string[];
    readonly text: string[];
    readonly maxTokens: number;
    readonly ubatch: number | 'auto';
    readonly keep: string[];
    readonly criteria: Criterion[];
    readonly demoCounts: number[];
    readonly grouping: Grouping;
    readonly ctx: number;
    readonly chunks?: number;
  };

/** Adds `winnow compare`. */
export function addCompare(program: Command, context: Context): void {
  const command = program
    .command('compare')
    .description('compare criteria and counts on the same scores and texts')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .requiredOption('--demos <name=file...>', 'demo files by domain; repeat a name to add further files to it')
    .requiredOption('--text <name=file...>', 'held-out texts')
    .addOption(demoTokensOption())
    .addOption(ubatchOption())
    .option('--keep <list>', 'experts per layer: counts or shares, separated by commas', listOf, ['0.5'])
    .option('--criteria <list>', 'criteria to compare, separated by commas', readCriteria, [...CRITERIA])
    .option(
      '--demo-counts <list>',
      'also the first criterion with only so many of the demos, such as 1,5,10',
      counts,
      [],
    )
    .addOption(groupingOption())
    .addOption(ctxOption('tokens per chunk; the second half of each is scored', 8, 512))
    .addOption(chunksOption('use only the first n chunks of each text'));
  addMemoryLimit(addPlacementOptions(addLimitOptions(command)))
    .addHelpText(
      'after',
      `
Each choice is measured as a mask on the loaded model; no file is written. What is scored is kept for the next time.

Examples:
  winnow compare model.gguf --demos law=law.jsonl tax=tax.jsonl --text law=law.txt tax=tax.txt --keep 0.5`,
    )
    .action(async (model: string, { demos, text, ubatch, ...flags }: Flags) => {
      if (flags.ctx % 2 !== 0) throw usage('--ctx must be even.');
      const { output, engineContext, signal } = context;
      const files = Map.groupBy(demos.map(namedFile), ({ name }) => name);
      const request = {
        ...flags,
        model,
        domains: [...files].map(([domain, all]) => ({ domain, files: all.map(({ file }) => file) })),
        texts: text.map(namedFile),
        nUbatch: ubatch,
        chunks: flags.chunks ?? null,
        placement: placementFrom(flags),
      };
      const task = {
        ...idleTask(signal, (line) => output.warn(line)),
        progress: (done: number, total: number, unit: string) =>
          output.progress(unit === 'tokens' ? 'scoring' : 'measuring', done, total),
      };
      const compared = await runCompare(request, engineContext, task);
      output.result(comparedDocument(compared), comparedText(compared));
    });
}

function counts(text: string): number[] {
  return listOf(text).map(wholeNumber(1));
}

function readCriteria(text: string): Criterion[] {
  return listOf(text).map((given) => {
    const name = CRITERIA.find((one) => one === given);
    if (name === undefined) throw new InvalidArgumentError(`"${given}" is not one of ${CRITERIA.join(', ')}.`);
    return name;
  });
}

function comparedDocument({ nExpert, full, rows }: Compared): unknown {
  return {
    n_expert: nExpert,
    full: full.map(({ text, figures }) => ({ text, tokens: figures.tokens, perplexity: figures.perplexity.value })),
    measurements: rows.map(({ figures, ...way }) => ({
      ...way,
      perplexity: figures.perplexity.value,
      perplexity_ratio: figures.ratio,
      kl_mean: figures.klMean,
      top1_agreement: figures.top1,
    })),
  };
}

function comparedText({ nExpert, rows }: Compared): string {
  const header = ['chosen by', 'criterion', 'demos', 'kept', 'text', 'perplexity / full', 'KL', 'top-1'];
  const body = rows.map(({ domain, criterion, demos, keep, text, figures: { ratio, klMean, top1 } }) => [
    domain,
    criterion,
    String(demos),
    `${keep}/${nExpert}`,
    text,
    figureText(ratio, 3),
    figureText(klMean, 3),
    figureText(top1, 3),
  ]);
  return `${table(header, body)}\nEach figure has its 95 % interval.`;
}

function figureText(figure: Interval | null, digits: number): string {
  return figure === null ? '' : formatInterval(figure, (value) => value.toFixed(digits));
}

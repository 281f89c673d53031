// winnow compare MODEL.gguf --demos NAME=FILE... --text NAME=FILE...
import { InvalidArgumentError, Option, type Command } from 'commander';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import type { Grouping } from '../../contract/requests.ts';
import type { Study } from '../../engine/study/run-compare.ts';
import { rowsOf, summarise } from '../../engine/study/summary.ts';
import type { Context } from '../context.ts';
import {
  addMemoryLimit,
  addPlacementOptions,
  listOf,
  namedFile,
  placementFrom,
  ubatchOption,
  wholeNumber,
  type PlacementFlags,
} from '../options.ts';
import { formatSeconds, table, usage } from '../output.ts';
import {
  domainTable,
  localisationTable,
  methodsOf,
  methodTable,
  overlapTable,
  type StudyTable,
} from '../study-tables.ts';

type Flags = PlacementFlags & {
  readonly demos: string[];
  readonly text: string[];
  readonly limit?: number;
  readonly maxTokens: number;
  readonly ubatch: number | 'auto';
  readonly keep: string[];
  readonly criteria: Criterion[];
  readonly ablations: boolean;
  readonly seeds: number;
  readonly rounds: number;
  readonly mix: boolean;
  readonly grouping: Grouping;
  readonly ctx: number;
  readonly chunks?: number;
};

/** `winnow compare`. */
export function addCompare(program: Command, context: Context): void {
  const command = program
    .command('compare')
    .description('compare ways to choose experts: the same scores, the same texts, in the domains and outside them')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .requiredOption('--demos <name=file...>', 'demo files by domain; a name that comes again adds its file')
    .option('--text <name=file...>', 'held-out texts; the one with a domain’s name is in that domain', [])
    .option('--limit <n>', 'use the first n demos of each domain only', wholeNumber(1))
    .option('--max-tokens <n>', 'cut each demo to n tokens; 0 is no limit', wholeNumber(0), 0)
    .addOption(ubatchOption())
    .option('--keep <list>', 'experts a layer: counts or shares, with commas', listOf, ['0.75', '0.5', '0.25'])
    .option('--criteria <list>', 'with commas; the first one leads', criteria, [...CRITERIA])
    .option('--ablations', 'also EASY-EP without the token term and without the norm', false)
    .option('--seeds <n>', 'random choices', wholeNumber(1), 3)
    .option('--rounds <n>', 'also the leading criterion in 2 to n rounds of scoring and masking', wholeNumber(1), 1)
    .option('--mix', 'also one selection for all domains by the leading criterion: by shares and by max-min', false)
    .addOption(
      new Option('--grouping <how>', 'on models that route in groups')
        .choices(['ungrouped', 'balanced'])
        .default('ungrouped'),
    )
    .option('--ctx <n>', 'tokens a chunk; the second half of each is scored', wholeNumber(8), 512)
    .option('--chunks <n>', 'only the first n chunks of each text', wholeNumber(1));
  addMemoryLimit(addPlacementOptions(command))
    .addHelpText(
      'after',
      `
Only the database is written: each selection is measured as a mask on the loaded model. Without --text nothing is
measured, and only what few demos find and how far the domains overlap is printed.
Interrupted? Run the same command again: what is already scored and measured is kept.

Example:
  winnow compare model.gguf --demos law=law.jsonl tax=tax.jsonl --text law=law.txt tax=tax.txt --keep 0.5 --ablations`,
    )
    .action(async (model: string, flags: Flags) => {
      if (flags.ctx % 2 !== 0) throw usage('--ctx must be even.');
      const files = Map.groupBy(flags.demos.map(namedFile), ({ name }) => name);
      const study = await context.engine.compare(
        {
          model,
          demos: [...files].map(([domain, all]) => ({ domain, files: all.map(({ file }) => file) })),
          texts: flags.text.map(namedFile),
          limit: flags.limit,
          maxTokens: flags.maxTokens,
          nUbatch: flags.ubatch,
          keep: flags.keep,
          criteria: flags.criteria,
          ablations: flags.ablations,
          seeds: flags.seeds,
          rounds: flags.rounds,
          mix: flags.mix,
          grouping: flags.grouping,
          ctx: flags.ctx,
          chunks: flags.chunks,
          placement: placementFrom(flags),
        },
        {
          signal: context.signal,
          onWarning: (line) => context.output.warn(line),
          onProgress: ({ done, total, etaSeconds }) => {
            const left = etaSeconds === null ? '' : `${formatSeconds(etaSeconds)} left`;
            context.output.progress('comparing', done, total, left);
          },
        },
      );
      context.output.result(studyDocument(study), studyText(study));
    });
}

function criteria(text: string): Criterion[] {
  return listOf(text).map((name) => {
    const known = CRITERIA.find((criterion) => criterion === name);
    if (known === undefined) throw new InvalidArgumentError(`"${name}" is none of ${CRITERIA.join(', ')}.`);
    return known;
  });
}

function studyDocument(study: Study): unknown {
  const { info, criterion, counts } = study;
  return {
    model: { path: info.path, name: info.name, fingerprint: info.fingerprint, n_expert: info.nExpert },
    leading_criterion: criterion,
    keep: counts,
    domains: study.domains.map(({ runId, ...domain }) => ({ ...domain, run: runId })),
    texts: study.texts.map(({ text, result }) => ({
      text,
      tokens: result.tokens,
      ctx: result.ctx,
      chunks: result.chunks,
      perplexity: result.perplexity.value,
    })),
    measurements: study.rows.map(({ ratio, klMean, klP99, top1, ...row }) => ({
      ...row,
      perplexity_ratio: ratio.value,
      perplexity_ratio_stderr: ratio.standardError,
      perplexity_ratio_low: ratio.low,
      perplexity_ratio_high: ratio.high,
      kl_mean: klMean,
      kl_p99: klP99,
      top1_agreement: top1,
    })),
    summary: summaries(study),
    localisation: study.localisation,
    overlap: study.overlap,
  };
}

function summaries(study: Study): unknown[] {
  return study.counts.flatMap((keep) =>
    methodsOf(study).flatMap((method) =>
      (['in', 'out'] as const).flatMap((place) => {
        const summary = summarise(rowsOf(study.rows, method, keep, place));
        if (summary === null) return [];
        return [
          {
            method,
            keep,
            place,
            pairs: summary.pairs,
            perplexity_ratio: summary.ratio.value,
            perplexity_ratio_low: summary.ratio.low,
            perplexity_ratio_high: summary.ratio.high,
            kl_mean: summary.klMean,
            top1_agreement: summary.top1,
          },
        ];
      }),
    ),
  );
}

function studyText(study: Study): string {
  const { counts, domains, texts } = study;
  const measured =
    texts.length === 0
      ? []
      : [
          'Perplexity over the full model’s: geometric mean over the texts, with an interval of 95 %. KL and top-1: means.',
          ...counts.map((keep) => text(methodTable(study, keep))),
          'The same in each domain by itself:',
          ...counts.map((keep) => text(domainTable(study, keep))),
        ];
  const overlaps = counts.map((keep) => overlapTable(study, keep)).filter((found) => found !== null);
  return [
    ...measured,
    `Experts kept with all demos (${study.criterion}) that a few of them find, mean over random orders (lowest–highest):`,
    ...counts.map((keep) => text(localisationTable(study, keep))),
    ...(overlaps.length === 0 ? [] : ['Overlap of the domains’ kept experts (Jaccard index):', ...overlaps.map(text)]),
    domains
      .map(({ domain, demos, tokens, runId }) => `${domain}: ${demos} demos, ${tokens} tokens (run ${runId})`)
      .join('\n'),
  ].join('\n\n');
}

function text({ header, rows }: StudyTable): string {
  return table(header, rows);
}

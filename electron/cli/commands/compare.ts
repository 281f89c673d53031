// winnow compare MODEL.gguf --demos NAME=FILE... --text NAME=FILE...
import { InvalidArgumentError, type Command } from 'commander';
import { CRITERIA, type Criterion } from '../../contract/criteria.ts';
import { printableName } from '../../contract/printable.ts';
import type { SuperExperts } from '../../contract/requests.ts';
import { TOKEN_CHOICES, type TokenChoice } from '../../contract/token-classes.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { Interval } from '../../contract/interval.ts';
import type { CallParams } from '../../contract/api.ts';
import type { Grouping } from '../../contract/requests.ts';
import type { StudyEstimate } from '../../contract/api/studies.ts';
import type { Study } from '../../engine/measure/study/run-compare.ts';
import { rowsOf, summarise, type Summary } from '../../engine/measure/study/summary.ts';
import type { Context } from '../context.ts';
import {
  addLimitOptions,
  addMemoryLimit,
  addPlacementOptions,
  groupingOption,
  chunksOption,
  ctxOption,
  demoTokensOption,
  estimateOption,
  listOf,
  namedFile,
  placementFrom,
  superExpertsOption,
  ubatchOption,
  wholeNumber,
  type LimitFlags,
  type PlacementFlags,
} from '../options.ts';
import { formatSecondsRange, table, usage } from '../output.ts';
import { jobTimeLeft, runJob } from '../run-job.ts';
import { domainTable, methodsOf, methodTable, overlapTable, type StudyTable } from '../study-tables.ts';

type Flags = PlacementFlags &
  LimitFlags & {
    readonly demos: string[];
    readonly text: string[];
    readonly maxTokens: number;
    readonly ubatch: number | 'auto';
    readonly keep: string[];
    readonly criteria: Criterion[];
    readonly tokens?: TokenChoice[];
    readonly superExperts: SuperExperts;
    readonly demoCounts: number[];
    readonly seeds: number;
    readonly grouping: Grouping;
    readonly ctx: number;
    readonly chunks?: number;
    readonly estimate: boolean;
  };

/** Adds `winnow compare`. */
export function addCompare(program: Command, context: Context): void {
  const command = program
    .command('compare')
    .description('compare ways to choose experts on the same scores and texts, in the domains and outside them')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .requiredOption('--demos <name=file...>', 'demo files by domain; repeat a name to add further files to it')
    .option('--text <name=file...>', 'held-out texts; the one with a domain’s name counts as in that domain', [])
    .addOption(demoTokensOption())
    .addOption(ubatchOption())
    .option('--keep <list>', 'experts per layer: counts or shares, separated by commas', listOf, [
      '0.75',
      '0.5',
      '0.25',
    ])
    .option('--criteria <list>', 'criteria to compare, separated by commas; the first one leads', namesOf(CRITERIA), [
      ...CRITERIA,
    ])
    .option(
      '--tokens <list>',
      `tokens to rank experts by, separated by commas: ${TOKEN_CHOICES.join(', ')}; every criterion uses the first, the leading one also the others (default: without-first if the first block has experts, otherwise all)`,
      namesOf(TOKEN_CHOICES),
    )
    .addOption(superExpertsOption())
    .option(
      '--demo-counts <list>',
      'also the leading criterion with fewer demos, drawn at random, such as 1,5,10, to see what that costs',
      counts,
      [],
    )
    .option('--seeds <n>', 'number of random choices, and of draws for --demo-counts', wholeNumber(1), 3)
    .addOption(groupingOption())
    .addOption(ctxOption('tokens per chunk; the second half of each is scored', 8, 512))
    .addOption(chunksOption('use only the first n chunks of each text'))
    .addOption(estimateOption('say what would be measured, and what that would take'));
  addMemoryLimit(addPlacementOptions(addLimitOptions(command)))
    .addHelpText(
      'after',
      `
Only the database is written. Each selection is measured as a mask on the loaded model. Without --text nothing is measured:
it prints only how far the domains overlap.
Interrupted? Run the same command again: what is already scored and measured is kept.

Examples:
  winnow compare model.gguf --demos law=law.jsonl tax=tax.jsonl --text law=law.txt tax=tax.txt --keep 0.5`,
    )
    .action(async (model: string, flags: Flags) => {
      if (flags.ctx % 2 !== 0) throw usage('--ctx must be even.');
      const { output } = context;
      const params = paramsOf(context, model, flags);
      context.computeWith({ placement: placementFrom(flags), nUbatch: flags.ubatch, maxTokens: flags.maxTokens });
      if (flags.estimate) {
        const { warned, ...estimate } = await context.call('studies.estimate', params);
        warned.forEach((line) => output.warn(line));
        output.result(estimate, estimateText(estimate));
        return;
      }
      const outcome = await runJob(context, 'compare', () => context.call('studies.start', params), {
        onProgress: (view) => output.progress('comparing', view.done, view.total, jobTimeLeft(view)),
      });
      const study = outcome as unknown as Study;
      output.result(studyDocument(study), studyText(study));
    });
}

function paramsOf({ toRead }: Context, model: string, flags: Flags): CallParams<'studies.start'> {
  const files = Map.groupBy(flags.demos.map(namedFile), ({ name }) => name);
  return {
    model: { kind: 'file', grant: toRead(model) },
    demos: [...files].map(([domain, all]) => ({ domain, grants: all.map(({ file }) => toRead(file)) })),
    texts: flags.text.map(namedFile).map(({ name, file }) => ({ name, grant: toRead(file) })),
    limit: flags.limit,
    limitBy: flags.limitBy,
    limitSeed: flags.limitSeed,
    keep: flags.keep,
    criteria: flags.criteria,
    tokens: flags.tokens,
    superExperts: flags.superExperts,
    demoCounts: flags.demoCounts,
    seeds: flags.seeds,
    grouping: flags.grouping,
    ctx: flags.ctx,
    chunks: flags.chunks,
  };
}

function estimateText(estimate: StudyEstimate): string {
  const { previews, texts, scratchBytes, seconds } = estimate;
  const many = (count: number, of: string): string => `${count} ${of}${count === 1 ? '' : 's'}`;
  const what =
    previews === 0
      ? 'Nothing is measured: there is no text.'
      : `Up to ${many(previews, 'preview')} are measured on ${many(texts, 'text')}.`;
  return `${what} Takes about ${formatSecondsRange(seconds)}, if none of it was done before, and up to ${displayBytes(scratchBytes)} of scratch space.`;
}

function counts(text: string): number[] {
  return listOf(text).map(wholeNumber(1));
}

/** @returns a parser of lists of such names */
function namesOf<Name extends string>(known: readonly Name[]): (text: string) => Name[] {
  return (text) =>
    listOf(text).map((given) => {
      const name = known.find((one) => one === given);
      if (name === undefined) throw new InvalidArgumentError(`"${given}" is not one of ${known.join(', ')}.`);
      return name;
    });
}

function studyDocument(study: Study): unknown {
  const { info, criterion, counts } = study;
  return {
    model: { path: info.path, name: info.name, fingerprint: info.fingerprint, n_expert: info.nExpert },
    leading_criterion: criterion,
    tokens: study.tokens,
    keep: counts,
    domains: study.domains.map(({ runId, ...domain }) => ({ ...domain, run: runId })),
    texts: study.texts.map(({ text, result }) => ({
      text,
      tokens: result.tokens,
      ctx: result.ctx,
      chunks: result.chunks,
      perplexity: result.perplexity.value,
    })),
    measurements: study.rows.map(({ ratio, klMean, klP99, top1, overLeading, ...row }) => ({
      ...row,
      ...(overLeading && ratioFields('perplexity_over_leading', overLeading)),
      perplexity_ratio_stderr: ratio.standardError,
      ...ratioFields('perplexity_ratio', ratio),
      kl_mean: klMean,
      kl_p99: klP99,
      top1_agreement: top1,
    })),
    summary: summaries(study),
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
            ...placeDocument(summary),
          },
        ];
      }),
    ),
  );
}

function ratioFields(name: string, { value, low, high }: Interval): Record<string, number | null> {
  return { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high };
}

function placeDocument(summary: Summary | null): Record<string, number | null> | null {
  if (summary === null) return null;
  const { pairs, ratio, klMean, top1 } = summary;
  return { pairs, ...ratioFields('perplexity_ratio', ratio), kl_mean: klMean, top1_agreement: top1 };
}

function studyText(study: Study): string {
  const { counts, domains, texts } = study;
  const measured =
    texts.length === 0
      ? []
      : [
          'Perplexity over the full model’s: geometric mean over the texts, with a 95 % interval. KL and top-1: means.',
          ...counts.map((keep) => text(methodTable(study, keep))),
          'The same in each domain by itself:',
          ...counts.map((keep) => text(domainTable(study, keep))),
        ];
  const overlaps = counts.map((keep) => overlapTable(study, keep)).filter((found) => found !== null);
  return [
    ...measured,
    ...(overlaps.length === 0 ? [] : ['Kept experts that two domains have in common:', ...overlaps.map(text)]),
    domains
      .map(
        ({ domain, demos, tokens, runId }) =>
          `${printableName(domain)}: ${demos} demos, ${tokens} tokens (run ${runId})`,
      )
      .join('\n'),
  ].join('\n\n');
}

function text({ header, rows }: StudyTable): string {
  return table(header, rows);
}

// winnow tour: the whole main job on the bundled sample
import { relative } from 'node:path';
import type { Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import type { TourOutcome, Perplexities } from '../../contract/api/sample.ts';
import type { Context } from '../context.ts';
import {
  addPlacementOptions,
  chunksOption,
  domainOption,
  outputOption,
  placementFrom,
  wholeNumber,
  type PlacementFlags,
} from '../options.ts';
import { formatSeconds, table } from '../output.ts';
import { runJob } from '../run-job.ts';

type Flags = PlacementFlags & {
  readonly domain: string;
  readonly keep: string;
  readonly demos: number;
  readonly chunks: number;
  readonly output?: string;
};

/** Adds `winnow tour`. */
export function addTour(program: Command, context: Context): void {
  const command = program
    .command('tour')
    .description('take the sample tour: score, select, prune and measure the bundled model')
    .addOption(domainOption('python; or french, japanese, manual, math or typescript').default('python'))
    .option('--keep <k>', 'experts to keep in each layer: a count or a share', '0.5')
    .option('--demos <n>', 'number of demos to score', wholeNumber(1), 25)
    .addOption(chunksOption('chunks of 512 tokens to measure in each text').default(8))
    .addOption(outputOption('the pruned model (default: out/winnow-sample-….gguf)'));
  addPlacementOptions(command).action(async (flags: Flags) => {
    const { domain, keep, demos, chunks, output } = flags;
    context.computeWith({ placement: placementFrom(flags) });
    const target = context.toWrite(output);
    const outcome = await runJob(
      context,
      'tour',
      () => context.call('sample.tour', { domain, keep, demos, chunks, target }),
      { onProgress: ({ done, total }) => context.output.progress('scoring, pruning, measuring', done, total) },
    );
    context.output.result(tourDocument(outcome), tourText(outcome));
  });
}

function tourDocument(outcome: TourOutcome): unknown {
  const { perplexity, nExpert, ...rest } = outcome;
  return {
    ...rest,
    n_expert: nExpert,
    perplexity: {
      in_domain: perplexity.inDomain,
      out_of_domain: perplexity.outOfDomain,
      by_domain: perplexity.byDomain,
    },
  };
}

function tourText(outcome: TourOutcome): string {
  const { domain, perplexity, bytes, files } = outcome;
  const cells = (row: Perplexities): string[] =>
    [row.full, row.preview, row.pruned, row.random].map((value) => value.toFixed(2));
  const others = Object.entries(perplexity.byDomain).filter(([name]) => name !== domain);
  const how = outcome.scoring.reused ? 'scored earlier' : `scored in ${formatSeconds(outcome.scoring.seconds)}`;
  return [
    `Perplexity on held-out text (lower is better), ${outcome.keep} of ${outcome.nExpert} experts kept for "${domain}"`,
    `(${outcome.demos} demos, ${outcome.tokens} tokens, ${how}):`,
    '',
    table(
      ['text', 'full', 'preview', 'pruned file', 'random half'].map((name) =>
        name === 'random half' && outcome.keep * 2 !== outcome.nExpert ? 'random' : name,
      ),
      [
        [domain, ...cells(perplexity.inDomain)],
        ...others.map(([name, row]) => [name, ...cells(row)]),
        ['other domains, mean', ...cells(perplexity.outOfDomain)],
      ],
    ),
    '',
    `full    ${displayBytes(bytes.full).padStart(9)}  ${shortPath(files.full)}`,
    `pruned  ${displayBytes(bytes.pruned).padStart(9)}  ${shortPath(files.pruned)}`,
    '',
    'preview: the full model with the dropped experts masked. random: mean of 3 seeds.',
    'The domain keeps its quality; the others pay for it. That is what pruning for one domain means.',
  ].join('\n');
}

/** Returns the path relative to the current folder if that is shorter. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return printableName(short.startsWith('..') ? path : short);
}

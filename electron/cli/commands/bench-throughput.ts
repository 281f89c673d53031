// winnow bench throughput FULL.gguf --against PRUNED.gguf | --keep 0.5
import { InvalidArgumentError, type Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import {
  compareThroughput,
  type ComparedThroughput,
  type ThroughputRequest,
} from '../../engine/measure/benchmark/compare-throughput.ts';
import { MAX_SEQUENCES } from '../../engine/measure/benchmark/measure-throughput.ts';
import {
  medianSpeed,
  speedRatio,
  type ParallelSpeed,
  type SequenceTokens,
  type Speed,
  type SpeedFromDisk,
  type Throughput,
} from '../../engine/measure/benchmark/throughput.ts';
import { median } from '../../engine/base/statistics/averages.ts';
import type { Context } from '../context.ts';
import { addPlacementOptions, listOf, placementFrom, wholeNumber, type PlacementFlags } from '../options.ts';
import { table, usage } from '../output.ts';

type Flags = PlacementFlags & {
  readonly against?: string;
  readonly keep?: string;
  readonly budget: string;
  readonly memoryLimit?: string;
  readonly prompt: number;
  readonly generate: number;
  readonly lengths?: SequenceTokens[];
  readonly ubatch: number;
  readonly runs: number;
  readonly dir?: string;
};

/** Adds `winnow bench throughput` to `bench`. */
export function addBenchThroughput(bench: Command, context: Context): void {
  const throughput = bench
    .command('throughput')
    .description(
      'compare a model with its pruned version in the same memory: how many sequences run at once, and how fast',
    )
    .argument('<full>', 'the full model: GGUF file, or any part of a split one')
    .option('--against <pruned>', 'the pruned model')
    .option('--keep <k>', 'instead of --against: experts to keep in a temporary file, a count or a share such as 0.5')
    .option(
      '--budget <size>',
      'memory for weights, KV cache and compute buffers, such as 20GB, or a multiple of the full model’s size such as 1.1x',
      '1.1x',
    )
    .option(
      '--memory-limit <size>',
      'also run one sequence of each model with physical memory limited to this size or multiple, so that the full model does not fit (Linux)',
    )
    .option('--prompt <n>', 'prompt tokens of each sequence', wholeNumber(1), 512)
    .option('--generate <n>', 'tokens that each sequence generates', wholeNumber(1), 128)
    .option(
      '--lengths <list>',
      'instead of --prompt and --generate, several pairs, each measured by itself, such as 1024+1024,1024+4096,4096+1024,4096+4096',
      lengthsOf,
    )
    .option('--ubatch <n>', 'tokens that run through the model at once', wholeNumber(32), 512)
    .option('--runs <n>', 'runs of each kind; medians are reported', wholeNumber(1), 3)
    .option('--dir <folder>', 'folder for the temporary file of --keep (default: Winnow’s data folder)');
  addPlacementOptions(throughput)
    .addHelpText(
      'after',
      `
The two models take turns. Within the budget, each runs as many sequences in parallel as fit, at most 256. Prefill counts
the prompts' tokens, decode the generated ones, both over all sequences.

Examples:
  winnow bench throughput model.gguf --against pruned.gguf --budget 20GB
  winnow bench throughput model.gguf --keep 0.5 --memory-limit 0.7x`,
    )
    .action(async (model: string, flags: Flags, command: Command) => {
      if (flags.rpc.length > 0)
        throw usage('This bench compares models in the memory of this machine: leave --rpc out.');
      const given = (['prompt', 'generate'] as const).find((name) => command.getOptionValueSource(name) === 'cli');
      if (flags.lengths !== undefined && given !== undefined)
        throw usage(`--lengths replaces --${given}: leave one of them out.`);
      const lengths = flags.lengths ?? [{ prompt: flags.prompt, generate: flags.generate }];
      const result = await compareThroughput(
        {
          model,
          pruned: prunedModel(flags),
          dir: flags.dir,
          budget: flags.budget,
          memoryLimit: flags.memoryLimit,
          lengths: lengths.map((tokens) => ({ parallel: tokens, single: tokens })),
          nUbatch: flags.ubatch,
          runs: flags.runs,
          placement: placementFrom(flags),
        },
        context.engineContext,
        { signal: context.signal, onProgress: (step, done, total) => context.output.progress(step, done, total) },
      );
      for (const one of result.measured) warnings(one, result.models).forEach((text) => context.output.warn(text));
      context.output.result(throughputDocument(result, flags), throughputText(result));
    });
}

/** @throws WinnowError USAGE if neither or both are given */
function prunedModel({ against, keep }: Flags): ThroughputRequest['pruned'] {
  if (against !== undefined && keep === undefined) return { path: against };
  if (keep !== undefined && against === undefined) return { keep };
  throw usage('Name the pruned model with --against, or say with --keep how many experts a temporary one keeps.');
}

/** @throws InvalidArgumentError */
function lengthsOf(text: string): SequenceTokens[] {
  const atLeastOne = wholeNumber(1);
  return listOf(text).map((length) => {
    const [prompt, generate, ...more] = length.split('+');
    if (prompt === undefined || generate === undefined || more.length > 0)
      throw new InvalidArgumentError(`"${length}" is not a prompt and a continuation length, such as 1024+4096.`);
    return { prompt: atLeastOne(prompt), generate: atLeastOne(generate) };
  });
}

function warnings({ budget, limited }: Throughput, models: ComparedThroughput['models']): string[] {
  const texts: string[] = [];
  for (const side of [budget.full, budget.pruned]) {
    if (side === null || (side.allocatedBytes ?? 0) <= budget.bytes) continue;
    texts.push(
      `${side.sequences} sequences took ${displayBytes(side.allocatedBytes ?? 0)}, more than the budget: the estimate is too low for this architecture.`,
    );
  }
  if (limited?.full && limited.bytes >= models.full.bytes) {
    texts.push(`The full model fits the memory limit too: lower it below ${displayBytes(models.full.bytes)}.`);
  } else if (limited?.full?.every(({ readBytesPerToken }) => readBytesPerToken === 0)) {
    texts.push(
      'Under the limit nothing was read from the disk: another program holds the model in memory. Close it and measure again.',
    );
  }
  return texts;
}

function throughputDocument({ models, measured }: ComparedThroughput, { against, lengths }: Flags): unknown {
  const model = ({ bytes, nExpert }: ModelInfo) => ({ bytes, n_expert: nExpert });
  return {
    full: { path: models.full.path, ...model(models.full) },
    // a temporary file does not exist any more
    pruned: { path: against === undefined ? null : models.pruned.path, ...model(models.pruned) },
    ...(lengths === undefined ? lengthDocument(measured[0]!) : { lengths: measured.map(lengthDocument) }),
  };
}

function lengthDocument({ budget, single, limited }: Throughput): object {
  const speeds = (runs: readonly Speed[]) => ({
    prefill: runs.map(({ prefill }) => prefill),
    decode: runs.map(({ decode }) => decode),
  });
  const parallel = ({ sequences, neededBytes, allocatedBytes, runs }: ParallelSpeed) => ({
    sequences,
    needed_bytes: neededBytes,
    allocated_bytes: allocatedBytes,
    tokens_per_second: speeds(runs),
  });
  const fromDisk = (runs: readonly SpeedFromDisk[]) => ({
    tokens_per_second: speeds(runs),
    read_bytes_per_token: runs.map(({ readBytesPerToken }) => readBytesPerToken),
  });
  const ratio = (full: readonly Speed[] | null | undefined, pruned: readonly Speed[]) =>
    full ? speedRatio({ full, pruned }) : null;
  return {
    prompt_tokens: budget.tokens.prompt,
    generated_tokens: budget.tokens.generate,
    budget: {
      bytes: budget.bytes,
      full: budget.full && parallel(budget.full),
      full_needs_bytes: budget.fullNeedsBytes,
      pruned: parallel(budget.pruned),
      ratio: ratio(budget.full?.runs, budget.pruned.runs),
    },
    single: single && {
      full: { tokens_per_second: speeds(single.full) },
      pruned: { tokens_per_second: speeds(single.pruned) },
      ratio: ratio(single.full, single.pruned),
    },
    memory_limit: limited && {
      bytes: limited.bytes,
      full: limited.full && fromDisk(limited.full),
      pruned: fromDisk(limited.pruned),
      ratio: ratio(limited.full, limited.pruned),
    },
  };
}

function throughputText({ models, measured }: ComparedThroughput): string {
  const { full, pruned } = models;
  const files = [
    ['experts per layer', String(full.nExpert), String(pruned.nExpert), times(pruned.nExpert / full.nExpert)],
    ['file', displayBytes(full.bytes), displayBytes(pruned.bytes), times(pruned.bytes / full.bytes)],
  ];
  return measured.map((one) => lengthText(one, files)).join('\n\n');
}

/** @param files the rows of the table that are the same for all lengths */
function lengthText({ budget, single, limited }: Throughput, files: readonly string[][]): string {
  const rows = [...files, [`as many sequences as fit ${displayBytes(budget.bytes)}`], ...budgetRows(budget)];
  if (single) rows.push(['one sequence'], ...speedRows(single.full, single.pruned));
  if (limited) {
    const read = (runs: readonly SpeedFromDisk[] | null): string =>
      runs === null ? '—' : displayBytes(median(runs.map(({ readBytesPerToken }) => readBytesPerToken)));
    rows.push(
      [`one sequence, memory limited to ${displayBytes(limited.bytes)}`],
      ...speedRows(limited.full, limited.pruned),
      ['  read from disk for each token', read(limited.full), read(limited.pruned)],
    );
  }
  const { prompt, generate } = budget.tokens;
  const notes = [
    `Each sequence reads ${prompt} tokens and generates ${generate}. Medians of ${budget.pruned.runs.length}.`,
  ];
  if (budget.pruned.sequences === MAX_SEQUENCES) notes.push(`llama.cpp takes no more than ${MAX_SEQUENCES} sequences.`);
  if (!budget.full) {
    const hint =
      limited || process.platform !== 'linux' ? '' : ' With --memory-limit you see how it runs then, from the disk.';
    notes.push(
      `The full model does not fit ${displayBytes(budget.bytes)}: with one sequence it needs ${displayBytes(budget.fullNeedsBytes)}.${hint}`,
    );
  }
  if (limited?.full === null) notes.push('Under the limit the system ended the full model for lack of memory.');
  return `${table(['', 'full', 'pruned', 'pruned / full'], rows)}\n\n${notes.join('\n')}`;
}

function budgetRows({ full, pruned }: Throughput['budget']): string[][] {
  const sequences = ['  sequences', String(full?.sequences ?? 0), String(pruned.sequences)];
  const memory = (of: ParallelSpeed | null): string =>
    of === null ? '—' : displayBytes(of.allocatedBytes ?? of.neededBytes);
  return [
    full ? [...sequences, times(pruned.sequences / full.sequences)] : sequences,
    ['  memory', memory(full), memory(pruned)],
    ...speedRows(full?.runs ?? null, pruned.runs),
  ];
}

/** @param full null: it did not run */
function speedRows(full: readonly Speed[] | null, pruned: readonly Speed[]): string[][] {
  const ratio = full && speedRatio({ full, pruned });
  return (['prefill', 'decode'] as const).map((what) => [
    `  ${what}, tokens/s`,
    full ? rate(medianSpeed(full)[what]) : '—',
    rate(medianSpeed(pruned)[what]),
    ...(ratio ? [times(ratio[what])] : []),
  ]);
}

function rate(tokensPerSecond: number): string {
  return tokensPerSecond.toFixed(tokensPerSecond < 100 ? 1 : 0);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

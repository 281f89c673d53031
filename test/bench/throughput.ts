// `npm run bench:throughput`: the generated model against its half on equal memory. With --write the section goes to
// docs/BENCHMARKS.md.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WinnowError } from '../../electron/contract/errors.ts';
import type { ComparedThroughput } from '../../electron/engine/benchmark/compare-throughput.ts';
import { dropFromPageCache } from '../../electron/engine/benchmark/limited-workers.ts';
import { median } from '../../electron/engine/benchmark/median.ts';
import { MemoryCgroup } from '../../electron/engine/benchmark/memory-cgroup.ts';
import { MAX_SEQUENCES } from '../../electron/engine/benchmark/parallel-sequences.ts';
import { medianSpeed, speedRatio, type Pair, type Speed } from '../../electron/engine/benchmark/throughput.ts';
import { Engine } from '../../electron/engine/engine.ts';
import { displayBytes } from '../../electron/engine/files/display-bytes.ts';
import { dateAndMachine, table, writeSection } from './benchmarks-document.ts';
import { makeBenchModel } from './make-model.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/', import.meta.url));
const MODEL = join(WORK, 'bench-128x8-Q8_0.gguf');
const THREADS = 2;
const RUNS = Number(process.env.BENCH_RUNS ?? 3);
/** Short, so that hundreds of sequences take minutes; llama.cpp gives each a cache of 256 tokens all the same. */
const PARALLEL = { prompt: 64, generate: 16 };
const SINGLE = { prompt: 512, generate: 64 };
const UBATCH = 512;
const BUDGET = '1.1x';
const LIMIT = '0.7x';

type Row = readonly [what: string, full: string, pruned: string, ratio: string, runs: string];

/** Why memory cannot be limited on this machine; null: it can. */
async function whyNoLimit(): Promise<string | null> {
  try {
    await MemoryCgroup.make(1 << 30).remove();
    return null;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'USAGE') return error.message;
    throw error;
  }
}

/** Bytes per second of reading a file that is not in memory. */
async function diskSpeed(path: string): Promise<number> {
  await dropFromPageCache([path]);
  const started = performance.now();
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 8 << 20 })) bytes += (chunk as Buffer).length;
  return bytes / ((performance.now() - started) / 1000);
}

function speedRows(name: string, runs: Pair<readonly Speed[]>): Row[] {
  const ratio = speedRatio(runs);
  const [full, pruned] = [medianSpeed(runs.full), medianSpeed(runs.pruned)];
  return (['prefill', 'decode'] as const).map((step): Row => {
    const all = (of: readonly Speed[]): string => of.map((speed) => rate(speed[step])).join(', ');
    const detail = `full ${all(runs.full)}; pruned ${all(runs.pruned)}`;
    return [`${name}: ${step}, tokens/s`, rate(full[step]), rate(pruned[step]), times(ratio[step]), detail];
  });
}

function rows({ budget, single, limited, models }: ComparedThroughput): Row[] {
  const { full, pruned } = models;
  if (!budget.full || !single) throw new Error('the budget must hold the full model');
  const of = (a: number, b: number): string => times(b / a);
  const memory = (side: { readonly allocatedBytes: number | null }): string => displayBytes(side.allocatedBytes ?? NaN);
  const all: Row[] = [
    ['weights', displayBytes(full.bytes), displayBytes(pruned.bytes), of(full.bytes, pruned.bytes), `${full.nExpert} and ${pruned.nExpert} experts a layer`], // prettier-ignore
    ['budget: sequences at once', String(budget.full.sequences), String(budget.pruned.sequences), of(budget.full.sequences, budget.pruned.sequences), `at most ${MAX_SEQUENCES}`], // prettier-ignore
    ['budget: memory allocated', memory(budget.full), memory(budget.pruned), '', `of ${displayBytes(budget.bytes)}`],
    ...speedRows('budget', { full: budget.full.runs, pruned: budget.pruned.runs }),
    ...speedRows('one sequence', single),
  ];
  if (!limited) return all;
  if (!limited.full) throw new Error('the full model was killed under the limit');
  const name = `one sequence in ${displayBytes(limited.bytes)}`;
  const reads = (runs: readonly { readonly readBytesPerToken: number }[]) => runs.map(({ readBytesPerToken }) => readBytesPerToken); // prettier-ignore
  const listed = (runs: readonly number[]): string => runs.map(displayBytes).join(', ');
  const [fullReads, prunedReads] = [reads(limited.full), reads(limited.pruned)];
  return [
    ...all,
    ...speedRows(name, { full: limited.full, pruned: limited.pruned }),
    [`${name}: read from the disk a token`, displayBytes(median(fullReads)), displayBytes(median(prunedReads)), '', `full ${listed(fullReads)}; pruned ${listed(prunedReads)}`], // prettier-ignore
  ];
}

function rate(tokensPerSecond: number): string {
  return tokensPerSecond.toFixed(tokensPerSecond < 100 ? 1 : 0);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

const refusal = await whyNoLimit();
await makeBenchModel(MODEL);
const engine = new Engine({ home: join(WORK, 'home') });
try {
  const measured = await engine.benchThroughput(
    {
      model: MODEL,
      pruned: { keep: '0.5' },
      budget: BUDGET,
      memoryLimit: refusal === null ? LIMIT : undefined,
      parallel: PARALLEL,
      single: SINGLE,
      nUbatch: UBATCH,
      runs: RUNS,
      placement: { gpu: 'off', gpuLayers: 0, expertsOnCpu: false, threads: THREADS },
    },
    { onProgress: (step, done, total) => process.stderr.write(`\r${step} ${Math.floor((100 * done) / total)} % `) },
  );
  process.stderr.write('\n');
  const speed = refusal === null ? `${((await diskSpeed(MODEL)) / 1e9).toFixed(1)} GB/s` : '';
  const limit =
    refusal === null
      ? `The last rows: physical memory limited to ${LIMIT.replace('x', ' ×')} the full model's weights by a cgroup, swap off, one sequence of ${SINGLE.prompt} + ${SINGLE.generate}
tokens; before each run the files are dropped from the page cache, and then read again as the model needs them (this disk reads
${speed} in sequence). Bytes read are those of the worker, over prompt and generation.`
      : `Memory could not be limited on this machine. ${refusal}`;
  const body = `Made by \`npm run bench:throughput -- --write\` on ${dateAndMachine()}, ${THREADS} threads. The generated model of above
against its half, ${RUNS} runs each in turns, every run in a process of its own that has read ${UBATCH} tokens before; medians, and all runs
in the last column. The pruned one keeps evenly spread experts, which makes no difference to speed.

Budget: ${BUDGET.replace('x', ' ×')} the full model's weights, for weights, KV cache and compute buffers (the program itself aside). Each model runs
as many sequences of ${PARALLEL.prompt} + ${PARALLEL.generate} tokens side by side as fit, at most ${MAX_SEQUENCES}, llama.cpp's limit; the KV cache holds 256 tokens for each, its
smallest step. Prefill counts the prompts' tokens, decode the generated ones, over all sequences. One sequence: ${SINGLE.prompt} + ${SINGLE.generate}
tokens, with both models in memory. ${limit}

${table(['what', 'full', 'pruned', 'pruned / full', 'runs'], rows(measured))}`;
  process.stdout.write(`${body}\n`);
  if (process.argv.includes('--write')) writeSection('Throughput on equal memory', body);
} finally {
  await engine.close();
}
